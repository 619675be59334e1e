import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { submoduleDirectory, submoduleUrl } from '../../../activities/source/git-submodules.ts';
import { serveGitOverHttps } from '../../support/git-https-server.ts';
import { createRepository, type TestRepository } from '../../support/git-repository.ts';
import { passwordFor, reading, testTrees } from '../../support/git-trees.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

vi.setConfig({ testTimeout: 60_000 });

/** A repository in `<root>/<name>/repository`, with one file of that name. */
async function repositoryIn(root: string, name: string) {
  const parent = await temporaryDirectoryIn(root, name);
  const repository = await createRepository(parent);
  const commit = await repository.commit({ [`${name}.txt`]: name });
  return { repository, commit };
}

async function temporaryDirectoryIn(root: string, name: string): Promise<string> {
  await mkdir(join(root, name));
  return join(root, name);
}

/** Commits a reference to another repository's commit, as `git submodule add` does. */
async function refer(
  repository: TestRepository,
  modules: readonly { path: string; url: string; commit: string; extra?: string }[],
): Promise<string> {
  const sections = modules.map(
    ({ path, url, extra = '' }) =>
      `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n${extra}`,
  );
  await writeFile(join(repository.directory, '.gitmodules'), sections.join(''));
  await repository.git('add', '.gitmodules');
  for (const { path, commit } of modules) {
    await repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
  }
  await repository.git('commit', '--quiet', '-m', 'refer');
  return repository.git('rev-parse', 'HEAD');
}

const entries = (directory: string) => readdir(directory);

const login = { username: 'team', password: 'planted-password' };

describe('submodules', () => {
  test('come when they are asked for, theirs as well, by relative and absolute URLs', async () => {
    const root = await temporaryDirectory();
    const leaf = await repositoryIn(root, 'leaf');
    const middle = await repositoryIn(root, 'middle');
    const top = await repositoryIn(root, 'top');
    const server = await serveGitOverHttps(root, { login });
    const middleCommit = await refer(middle.repository, [
      { path: 'deep/leaf', url: `${server.url}/leaf/repository/.git`, commit: leaf.commit },
    ]);
    // The branch goes on: the pinned commit is what counts.
    await middle.repository.commit({ 'middle.txt': 'later' });
    const commit = await refer(top.repository, [
      { path: 'lib/middle', url: '../../../middle/repository/.git', commit: middleCommit },
    ]);
    const { trees } = await testTrees({
      caBundle: server.caBundle,
      secrets: { team: passwordFor(server.url, login) },
    });
    const git = `${server.url}/top/repository/.git`;
    const source = { git, ref: 'main', commit, secret: 'team', submodules: true };
    await trees.withTree(source, async (directory) => {
      expect(await reading('top.txt')(directory)).toBe('top');
      expect(await reading('lib/middle/middle.txt')(directory)).toBe('middle');
      expect(await reading('lib/middle/deep/leaf/leaf.txt')(directory)).toBe('leaf');
    });
    // Without being asked for: an empty directory, in a tree of its own.
    await trees.withTree({ ...source, submodules: false }, async (directory) => {
      expect(await readdir(join(directory, 'lib/middle'))).toEqual([]);
    });
  });

  test('of the same commit are fetched once, whoever refers to them, also to each other', async () => {
    const root = await temporaryDirectory();
    const lib = await repositoryIn(root, 'lib');
    const a = await repositoryIn(root, 'a');
    const b = await repositoryIn(root, 'b');
    const server = await serveGitOverHttps(root);
    const url = (name: string) => `${server.url}/${name}/repository/.git`;
    const libTo = (path: string) => ({ path, url: url('lib'), commit: lib.commit });
    const bFirst = await refer(b.repository, [libTo('lib')]);
    const aSecond = await refer(a.repository, [
      libTo('lib'),
      { path: 'b', url: url('b'), commit: bFirst },
    ]);
    const bSecond = await refer(b.repository, [
      libTo('lib'),
      { path: 'a', url: url('a'), commit: aSecond },
    ]);
    const { trees } = await testTrees({ caBundle: server.caBundle });
    const source = { ref: 'main', submodules: true };
    await Promise.all([
      trees.withTree({ ...source, git: url('a'), commit: aSecond }, async (directory) => {
        expect(await reading('b/lib/lib.txt')(directory)).toBe('lib');
      }),
      trees.withTree({ ...source, git: url('b'), commit: bSecond }, async (directory) => {
        expect(await reading('a/b/lib/lib.txt')(directory)).toBe('lib');
      }),
    ]);
    const fetches = server.requests.filter((line) => line.startsWith('GET /lib/'));
    expect(fetches).toHaveLength(1);
  });

  test('get no credentials on another host', async () => {
    const root = await temporaryDirectory();
    const lib = await repositoryIn(root, 'lib');
    const top = await repositoryIn(root, 'top');
    const [own, other] = await Promise.all([
      serveGitOverHttps(root, { login }),
      serveGitOverHttps(root, { login }),
    ]);
    const commit = await refer(top.repository, [
      { path: 'lib', url: `${other.url}/lib/repository/.git`, commit: lib.commit },
    ]);
    const { trees } = await testTrees({
      caBundle: own.caBundle + other.caBundle,
      secrets: { team: passwordFor(own.url, login) },
    });
    const git = `${own.url}/top/repository/.git`;
    await expect(
      trees.withTree({ git, ref: 'main', commit, secret: 'team', submodules: true }, entries),
    ).rejects.toMatchObject({
      type: 'SourceAuthDenied',
      message: expect.stringMatching(/^submodule lib: /),
    });
    expect(own.authorizations).not.toEqual([]);
    expect(other.requests).not.toEqual([]);
    expect(other.authorizations).toEqual([]);
  });

  test('end at a depth that nobody means', async () => {
    const root = await temporaryDirectory();
    let { repository, commit } = await repositoryIn(root, 'r0');
    for (let level = 1; level <= 12; level += 1) {
      const next = await repositoryIn(root, `r${level}`);
      commit = await refer(next.repository, [{ path: 's', url: repository.url, commit }]);
      ({ repository } = next);
    }
    const { trees } = await testTrees({ fileRoots: [root] });
    const source = { git: repository.url, ref: 'main', commit, submodules: true };
    await expect(trees.withTree(source, entries)).rejects.toMatchObject({
      type: 'SourceNotFound',
      message: expect.stringContaining('more than 10 levels'),
    });
  });

  test('that have `update = none` stay empty', async () => {
    const root = await temporaryDirectory();
    const top = await repositoryIn(root, 'top');
    const commit = await refer(top.repository, [
      { path: 'lib', url: '../gone', commit: 'f'.repeat(40), extra: '\tupdate = none\n' },
    ]);
    const { trees } = await testTrees({ fileRoots: [root] });
    const source = { git: top.repository.url, ref: 'main', commit, submodules: true };
    expect(await trees.withTree(source, (directory) => readdir(join(directory, 'lib')))).toEqual(
      [],
    );
  });

  test.each([
    ['on this machine', 'file:///', 'SourceNotFound', /not a directory under/],
    ['over plain http', 'http://git.example.com/a.git', 'InvalidDefinition', /cannot be fetched/],
    ['by a program', 'ext::touch /tmp/x', 'InvalidDefinition', /cannot be fetched/],
    ['by an option', '--upload-pack=touch', 'InvalidDefinition', /cannot be fetched/],
    ['by ssh without a key', 'git@git.example.com:a.git', 'SourceAuthDenied', /needs a key/],
    ['above the server', '../../../../../a.git', 'SourceNotFound', /leads out of/],
    ['with a login', 'https://a:hunter2@git.example.com/', 'InvalidDefinition', /name a Secret/],
  ])('of a server are refused %s', async (_what, url, type, message) => {
    const root = await temporaryDirectory();
    const top = await repositoryIn(root, 'top');
    const commit = await refer(top.repository, [{ path: 'lib', url, commit: 'f'.repeat(40) }]);
    const server = await serveGitOverHttps(root);
    const { trees } = await testTrees({ caBundle: server.caBundle, fileRoots: ['/'] });
    const git = `${server.url}/top/repository/.git`;
    const problem = await trees
      .withTree({ git, ref: 'main', commit, submodules: true }, entries)
      .catch((error: unknown) => error as Error);
    expect(problem).toMatchObject({
      type,
      message: expect.stringMatching(message),
      nonRetryable: true,
    });
    expect((problem as Error).message).not.toContain('hunter2');
  });

  test('of a file source are read under the roots only', async () => {
    const root = await temporaryDirectory();
    const outside = await repositoryIn(await temporaryDirectory(), 'outside');
    const lib = await repositoryIn(root, 'lib');
    const top = await repositoryIn(root, 'top');
    const inside = await refer(top.repository, [
      { path: 'lib', url: lib.repository.url, commit: lib.commit },
    ]);
    const leaving = await refer(top.repository, [
      { path: 'lib', url: outside.repository.url, commit: outside.commit },
    ]);
    const { trees } = await testTrees({ fileRoots: [root] });
    const source = { git: top.repository.url, ref: 'main', submodules: true };
    expect(await trees.withTree({ ...source, commit: inside }, reading('lib/lib.txt'))).toBe('lib');
    await expect(trees.withTree({ ...source, commit: leaving }, entries)).rejects.toMatchObject({
      type: 'SourceNotFound',
    });
  });

  test('whose commit or URL is nowhere are SourceNotFound, with the path', async () => {
    const root = await temporaryDirectory();
    const lib = await repositoryIn(root, 'lib');
    const top = await repositoryIn(root, 'top');
    const absent = await refer(top.repository, [
      { path: 'vendor/lib', url: lib.repository.url, commit: 'f'.repeat(40) },
    ]);
    await top.repository.git('rm', '--quiet', '--cached', '.gitmodules');
    await top.repository.git('commit', '--quiet', '-m', 'no modules');
    const unknown = await top.repository.git('rev-parse', 'HEAD');
    const { trees } = await testTrees({ fileRoots: [root] });
    const source = { git: top.repository.url, ref: 'main', submodules: true };
    for (const commit of [absent, unknown]) {
      await expect(trees.withTree({ ...source, commit }, entries)).rejects.toMatchObject({
        type: 'SourceNotFound',
        message: expect.stringContaining('vendor/lib'),
      });
    }
  });
});

describe('submoduleDirectory', () => {
  test('is the empty directory of the checkout, and never where a link leads', async () => {
    const root = await temporaryDirectory();
    const outside = await temporaryDirectory();
    await mkdir(join(root, 'a/lib'), { recursive: true });
    await mkdir(join(outside, 'lib'));
    await writeFile(join(root, 'file'), '');
    await symlink(outside, join(root, 'out'));
    await symlink('a', join(root, 'within'));
    expect(await submoduleDirectory(root, root, 'a/lib')).toBe(join(root, 'a/lib'));
    for (const path of ['out/lib', 'out', 'within/lib', 'file', 'absent', '../x', 'a/../../x']) {
      await expect(submoduleDirectory(root, root, path)).rejects.toMatchObject({
        type: 'SourceNotFound',
        message: expect.stringContaining(path),
      });
    }
  });
});

describe('submoduleUrl', () => {
  test.each([
    ['https://h/a/b.git', '../c.git', 'https://h/a/c.git'],
    ['https://h/a/b.git/', '../c.git', 'https://h/a/c.git'],
    ['https://h/a/b.git', '../../x/c.git', 'https://h/x/c.git'],
    ['https://h/a/b.git', './c.git', 'https://h/a/b.git/c.git'],
    ['ssh://git@h:22/a/b', '../c', 'ssh://git@h:22/a/c'],
    ['git@h:a/b.git', '../c.git', 'git@h:a/c.git'],
    ['git@h:b.git', '../c.git', 'git@h:c.git'],
    ['git@h:/srv/a/b.git', '../c.git', 'git@h:/srv/a/c.git'],
    ['git@h:~me/b.git', '../c.git', 'git@h:~me/c.git'],
    ['file:///srv/a', '../b', 'file:///srv/b'],
    ['https://h/a', 'https://other/b', 'https://other/b'],
    ['https://h/a', '..hidden/b', '..hidden/b'],
  ])('%s and %s make %s', (parent, url, expected) => {
    expect(submoduleUrl(parent, url)).toBe(expected);
  });

  test('never leaves the server, however many levels it goes up', () => {
    const step = fc.constantFrom('..', '.', 'a', 'b.git', '');
    fc.assert(
      fc.property(
        fc.constantFrom('https://h:8/g/r.git', 'ssh://git@h/g/r', 'git@h:g/r', 'file:///g/r'),
        fc.array(step, { maxLength: 8 }),
        (parent, steps) => {
          const base = /^(\w+:\/\/[^/]*\/|[^/]*:)/.exec(parent)?.[0] ?? '';
          const url = urlOrFailure(parent, `../${steps.join('/')}`);
          if (url === 'SourceNotFound') return;
          expect(url.startsWith(base)).toBe(true);
          expect(url.slice(base.length).split('/')).not.toContain('..');
        },
      ),
    );
  });
});

/** The URL, or the type of the failure. */
function urlOrFailure(parent: string, url: string): string {
  try {
    return submoduleUrl(parent, url);
  } catch (error) {
    return String((error as { type?: unknown }).type);
  }
}
