import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { serveGitOverHttps, type GitHttpsBehaviour } from '../../support/git-https-server.ts';
import { createRepository } from '../../support/git-repository.ts';
import { passwordFor, reading, testTrees } from '../../support/git-trees.ts';
import { lfsPointer, lfsServer, type LfsServer } from '../../support/lfs-server.ts';
import { environmentTools } from '../../support/push-small-image.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Where git-lfs is, as `SLIPWAY_GIT_PATH` names it to the environment's worker. */
let gitPath: readonly string[];
beforeAll(async () => {
  const { gitLfs } = await environmentTools();
  if (gitLfs === undefined) throw new Error('the environment has no git-lfs');
  gitPath = [dirname(gitLfs)];
});

const login = { username: 'team', password: "planted p@ss'word" };
const attributes = '*.bin filter=lfs diff=lfs merge=lfs -text\n';
const image = Buffer.from('a large file, in spirit');
const other = Buffer.from('another');

/** A repository with pointers to files that only the LFS server has, behind a login. */
async function served(
  files: Readonly<Record<string, string>>,
  lfs: LfsServer,
  behaviour: GitHttpsBehaviour = {},
) {
  const root = await temporaryDirectory();
  const repository = await createRepository(root);
  const commit = await repository.commit({ '.gitattributes': attributes, ...files });
  const server = await serveGitOverHttps(root, { login, serve: lfs.serve, ...behaviour });
  const git = `${server.url}/repository/.git`;
  const { trees, workDirectory } = await testTrees({
    gitPath,
    caBundle: server.caBundle,
    secrets: { team: passwordFor(server.url, login) },
  });
  const source = { git, ref: 'main', commit, secret: 'team', lfs: true };
  return { repository, server, trees, workDirectory, source };
}

describe('LFS files', () => {
  test('come when they are asked for, each once, and pointers stay otherwise', async () => {
    const lfs = lfsServer([image, other]);
    const { trees, source, repository } = await served(
      { 'a.bin': lfsPointer(image), 'copy/a.bin': lfsPointer(image), 'a.txt': 'text' },
      lfs,
    );
    const texts = await Promise.all(
      ['a.bin', 'copy/a.bin', 'a.txt'].map((name) => trees.withTree(source, reading(name))),
    );
    expect(texts).toEqual([String(image), String(image), 'text']);
    expect(lfs.downloaded).toHaveLength(1);

    expect(await trees.withTree({ ...source, lfs: false }, reading('a.bin'))).toBe(
      lfsPointer(image),
    );
    // The next commit needs what is new only.
    const next = await repository.commit({ 'b.bin': lfsPointer(other) });
    await trees.withTree({ ...source, commit: next }, async (directory) => {
      expect(await reading('a.bin')(directory)).toBe(String(image));
      expect(await reading('b.bin')(directory)).toBe(String(other));
    });
    expect(lfs.downloaded).toHaveLength(2);
  });

  test('come from a repository on disk', async () => {
    const repository = await createRepository();
    const commit = await repository.commit({
      '.gitattributes': attributes,
      'a.bin': lfsPointer(image),
    });
    const id = /sha256:(..)(..)(\S+)/.exec(lfsPointer(image)) ?? [];
    const [, first = '', second = '', rest = ''] = id;
    const objects = join(repository.directory, '.git/lfs/objects', first, second);
    await mkdir(objects, { recursive: true });
    await writeFile(join(objects, first + second + rest), image);
    const { trees } = await testTrees({ gitPath, fileRoots: [repository.directory] });
    const source = { git: repository.url, ref: 'main', commit, lfs: true };
    expect(await trees.withTree(source, reading('a.bin'))).toBe(String(image));
  });

  test('go through the proxy as git does', async () => {
    const lfs = lfsServer([image]);
    const { server, source } = await served({ 'a.bin': lfsPointer(image) }, lfs);
    const proxy = await startConnectProxy();
    const { trees } = await testTrees({
      gitPath,
      caBundle: server.caBundle,
      secrets: { team: passwordFor('https://git.test:' + new URL(server.url).port, login) },
      proxy: { https: proxy.url, http: null, noProxy: [] },
    });
    const { port } = new URL(server.url);
    // A name that only the proxy can lead anywhere: Go's proxies leave `localhost` out by themselves.
    const git = source.git.replace('localhost', 'git.test');
    const problem = trees.withTree({ ...source, git }, reading('a.bin'));
    // The certificate is for localhost, so it ends there; that it was asked through the proxy is the point.
    await expect(problem).rejects.toMatchObject({ type: 'SourceUnavailable' });
    expect(new Set(proxy.tunnels)).toEqual(new Set([`git.test:${port}`]));
  });

  test.each([
    ['that the server does not have', {}, 'SourceNotFound'],
    ['of a server that denies', { status: lfsStatus(403) }, 'SourceAuthDenied'],
    ['of a server that fails', { status: lfsStatus(503) }, 'SourceUnavailable'],
    ['of a server without LFS', { status: lfsStatus(404) }, 'SourceNotFound'],
  ])('%s are a failure', async (_what, behaviour, type) => {
    const lfs = lfsServer([]);
    const { trees, source, workDirectory } = await served(
      { 'a.bin': lfsPointer(image) },
      lfs,
      behaviour,
    );
    const problem = await trees
      .withTree(source, reading('a.bin'))
      .catch((error: unknown) => error as Error);
    expect(problem).toMatchObject({ type });
    expect((problem as Error).message).not.toContain('planted');
    const [own = ''] = await readdir(join(workDirectory, 'sources'));
    expect(await readdir(join(workDirectory, 'sources', own, 'temporary'))).toEqual([]);
  });

  test('of another server get no login, where .lfsconfig names one', async () => {
    const lfs = lfsServer([image]);
    const elsewhere = await serveGitOverHttps(await temporaryDirectory(), {
      login,
      serve: lfs.serve,
    });
    const { server, source } = await served(
      {
        'a.bin': lfsPointer(image),
        '.lfsconfig': `[lfs]\n\turl = ${elsewhere.url}/x/info/lfs\n`,
      },
      lfsServer([]),
    );
    const { trees } = await testTrees({
      gitPath,
      caBundle: server.caBundle + elsewhere.caBundle,
      secrets: { team: passwordFor(server.url, login) },
    });
    await expect(trees.withTree(source, reading('a.bin'))).rejects.toMatchObject({
      type: 'SourceAuthDenied',
    });
    expect(elsewhere.requests).not.toEqual([]);
    expect(elsewhere.authorizations).toEqual([]);
  });

  test.each([
    ['file:///srv/other', 'SourceNotFound'],
    ['ssh://git@elsewhere.example.com/x', 'SourceNotFound'],
    ['http://elsewhere.example.com/x', 'InvalidDefinition'],
  ])('are not taken from %s, which .lfsconfig names', async (url, type) => {
    const { trees, source } = await served(
      { 'a.bin': lfsPointer(image), '.lfsconfig': `[lfs]\n\turl = ${url}\n` },
      lfsServer([image]),
    );
    await expect(trees.withTree(source, reading('a.bin'))).rejects.toMatchObject({ type });
  });
});

/** For requests to the LFS server alone. */
function lfsStatus(status: number): NonNullable<GitHttpsBehaviour['status']> {
  return ({ url = '' }) => (url.includes('/info/lfs/') ? status : null);
}
