import { spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { createGitSourceTrees } from '../../../activities/source/git-source-trees.ts';
import type { TreeLimits } from '../../../activities/source/tree-cache.ts';
import { serveGitOverHttps } from '../../support/git-https-server.ts';
import { createRepository } from '../../support/git-repository.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

// Each test starts some tens of git processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 30_000 });

async function treesFor(
  fileRoots: readonly string[],
  options: { caBundle?: string; workDirectory?: string; limits?: TreeLimits } = {},
) {
  const { caBundle = null, limits } = options;
  const workDirectory = options.workDirectory ?? (await temporaryDirectory());
  return createGitSourceTrees({
    settings: { caBundle, fileRoots, workDirectory },
    secrets: { gitCredentials: () => Promise.reject(new Error('no Secret is named')) },
    ...(limits === undefined ? {} : { limits }),
    stallTimeout: 20_000,
  });
}

const readMain = (directory: string) => readFile(join(directory, 'main.txt'), 'utf8');

describe('resolve', () => {
  test('names the commit of a branch, a tag, an annotated tag and HEAD', async () => {
    const repository = await createRepository();
    const first = await repository.commit({ 'main.txt': 'one' });
    await repository.git('tag', 'light');
    await repository.git('tag', '-a', 'annotated', '-m', 'release');
    const second = await repository.commit({ 'main.txt': 'two' });
    const trees = await treesFor([repository.directory]);
    const resolve = (ref: string) => trees.resolve({ git: repository.url, ref });

    expect(await resolve('main')).toBe(second);
    expect(await resolve('HEAD')).toBe(second);
    expect(await resolve('refs/heads/main')).toBe(second);
    expect(await resolve('light')).toBe(first);
    expect(await resolve('annotated')).toBe(first);
    expect(await resolve('refs/tags/annotated')).toBe(first);
  });

  test('prefers a branch to a tag, and does not take a branch that only ends alike', async () => {
    const repository = await createRepository();
    const tagged = await repository.commit({ 'main.txt': 'one' });
    await repository.git('tag', 'both');
    await repository.git('branch', 'feature/only');
    const branched = await repository.commit({ 'main.txt': 'two' });
    await repository.git('branch', 'both');
    const trees = await treesFor([repository.directory]);

    expect(branched).not.toBe(tagged);
    expect(await trees.resolve({ git: repository.url, ref: 'both' })).toBe(branched);
    await expect(trees.resolve({ git: repository.url, ref: 'only' })).rejects.toMatchObject({
      type: 'SourceNotFound',
      message: expect.stringContaining('no branch or tag only'),
    });
  });

  test('takes a full commit id without asking the remote', async () => {
    const repository = await createRepository();
    const trees = await treesFor([repository.directory]);
    const commit = '0123456789abcdef0123456789abcdef01234567';
    expect(await trees.resolve({ git: repository.url, ref: commit })).toBe(commit);
  });

  test('says that an abbreviated commit cannot be looked up', async () => {
    const repository = await createRepository();
    const commit = await repository.commit({ 'main.txt': 'one' });
    const trees = await treesFor([repository.directory]);
    await expect(
      trees.resolve({ git: repository.url, ref: commit.slice(0, 10) }),
    ).rejects.toMatchObject({
      type: 'SourceNotFound',
      message: expect.stringMatching(/give all 40 digits/),
    });
  });

  test('a ref that looks like an option is a name like any other', async () => {
    const repository = await createRepository();
    const commit = await repository.commit({ 'main.txt': 'one' });
    await repository.git('update-ref', 'refs/heads/--upload-pack=x', commit);
    const trees = await treesFor([repository.directory]);
    expect(await trees.resolve({ git: repository.url, ref: '--upload-pack=x' })).toBe(commit);
  });
});

describe('file sources', () => {
  test('are refused outside the roots, by path and by link, as if they were not there', async () => {
    const repository = await createRepository();
    await repository.commit({ 'main.txt': 'one' });
    const root = await temporaryDirectory();
    await symlink(repository.directory, join(root, 'link'));
    const trees = await treesFor([root]);
    for (const url of [
      repository.url,
      pathToFileURL(join(root, 'link')).href,
      pathToFileURL(join(root, 'absent')).href,
      `${pathToFileURL(root).href}/../${repository.directory.slice(1)}`,
    ]) {
      await expect(trees.resolve({ git: url, ref: 'main' })).rejects.toMatchObject({
        type: 'SourceNotFound',
        nonRetryable: true,
        message: expect.stringContaining('SLIPWAY_FILE_ROOTS'),
      });
    }
  });

  test('follow links inside the roots', async () => {
    const root = await temporaryDirectory();
    const repository = await createRepository(root);
    const commit = await repository.commit({ 'main.txt': 'one' });
    await symlink(repository.directory, join(root, 'link'));
    const trees = await treesFor([root]);
    const url = pathToFileURL(join(root, 'link')).href;
    expect(await trees.resolve({ git: url, ref: 'main' })).toBe(commit);
  });

  test.each([
    ['http://git.example.com/a.git', 'InvalidDefinition'],
    ['ext::sh -c id', 'InvalidDefinition'],
    ['--upload-pack=id', 'InvalidDefinition'],
    ['file://elsewhere/srv/a.git', 'InvalidDefinition'],
  ])('%s is not a source', async (git, type) => {
    const trees = await treesFor(['/']);
    await expect(trees.resolve({ git, ref: 'main' })).rejects.toMatchObject({ type });
  });

  test('a password in the URL is refused and not repeated', async () => {
    const trees = await treesFor([]);
    const problem = trees.resolve({ git: 'https://me:hunter2@git.example.com/a.git', ref: 'main' });
    await expect(problem).rejects.toMatchObject({
      type: 'InvalidDefinition',
      message: expect.not.stringContaining('hunter2'),
    });
  });

  test('a directory without a repository is SourceNotFound', async () => {
    const root = await temporaryDirectory();
    const trees = await treesFor([root]);
    await expect(
      trees.resolve({ git: pathToFileURL(root).href, ref: 'main' }),
    ).rejects.toMatchObject({ type: 'SourceNotFound' });
  });
});

describe('withTree', () => {
  test('shows the commit, not the branch as it is now', async () => {
    const repository = await createRepository();
    const commit = await repository.commit({
      'main.txt': 'one',
      'run.sh': { script: '#!/bin/sh' },
    });
    await repository.commit({ 'main.txt': 'two' });
    const trees = await treesFor([repository.directory]);
    const source = { git: repository.url, ref: 'main', commit };
    expect(await trees.withTree(source, readMain)).toBe('one');
    expect(await trees.withTree(source, (directory) => readdir(directory))).toEqual([
      'main.txt',
      'run.sh',
    ]);
  });

  test('does not wait for a repository that lacks objects to heal', async () => {
    const repository = await createRepository();
    const commit = await repository.commit({ 'main.txt': 'one' });
    const blob = await repository.git('rev-parse', 'HEAD:main.txt');
    const objects = join(repository.directory, '.git', 'objects');
    await rm(join(objects, blob.slice(0, 2), blob.slice(2)));
    const trees = await treesFor([repository.directory]);
    await expect(
      trees.withTree({ git: repository.url, ref: 'main', commit }, readMain),
    ).rejects.toMatchObject({
      type: 'SourceNotFound',
      nonRetryable: true,
      message: expect.stringContaining('git fsck'),
    });
  });

  test('fetches once for many users, and again for another commit only', async () => {
    const root = await temporaryDirectory();
    const repository = await createRepository(root);
    const one = await repository.commit({ 'main.txt': 'one' });
    const two = await repository.commit({ 'main.txt': 'two' });
    const server = await serveGitOverHttps(root);
    const trees = await treesFor([], { caBundle: server.caBundle });
    const source = { git: `${server.url}/repository/.git`, ref: 'main' };
    const fetches = () => server.requests.filter((line) => line.startsWith('GET ')).length;

    const texts = await Promise.all(
      Array.from({ length: 8 }, () => trees.withTree({ ...source, commit: two }, readMain)),
    );
    expect(texts).toEqual(Array.from({ length: 8 }, () => 'two'));
    expect(fetches()).toBe(1);
    expect(await trees.withTree({ ...source, commit: one }, readMain)).toBe('one');
    expect(fetches()).toBe(2);
  });

  test('gets a commit that no ref names any more, from a server that gives out only refs', async () => {
    const root = await temporaryDirectory();
    const repository = await createRepository(root);
    const inside = await repository.commit({ 'main.txt': 'inside' });
    await repository.commit({ 'main.txt': 'tip' });
    const server = await serveGitOverHttps(root, { oldProtocol: true });
    const trees = await treesFor([], { caBundle: server.caBundle });
    const source = { git: `${server.url}/repository/.git`, ref: 'main' };
    expect(await trees.withTree({ ...source, commit: inside }, readMain)).toBe('inside');
    await expect(
      trees.withTree({ ...source, commit: 'f'.repeat(40) }, readMain),
    ).rejects.toMatchObject({ type: 'SourceNotFound', nonRetryable: true });
  });

  test('an unknown commit is SourceNotFound, and found once it is there', async () => {
    const repository = await createRepository();
    await repository.commit({ 'main.txt': 'one' });
    const trees = await treesFor([repository.directory]);
    const tree = await repository.git('rev-parse', 'HEAD^{tree}');
    for (const commit of ['f'.repeat(40), tree]) {
      await expect(
        trees.withTree({ git: repository.url, ref: 'main', commit }, readMain),
      ).rejects.toMatchObject({ type: 'SourceNotFound' });
    }
    const commit = await repository.commit({ 'main.txt': 'two' });
    expect(await trees.withTree({ git: repository.url, ref: 'main', commit }, readMain)).toBe(
      'two',
    );
  });

  test('what the repository configures or hooks does not run', async () => {
    const repository = await createRepository();
    const marker = join(repository.directory, '..', 'ran');
    await repository.commit({
      '.gitattributes': '*.txt filter=evil',
      'main.txt': 'one',
    });
    await repository.git('config', 'filter.evil.smudge', `touch ${marker}`);
    const commit = await repository.git('rev-parse', 'HEAD');
    const trees = await treesFor([repository.directory]);
    expect(await trees.withTree({ git: repository.url, ref: 'main', commit }, readMain)).toBe(
      'one',
    );
    expect(await readdir(join(marker, '..'))).toEqual(['repository']);
  });

  test.each([
    [401, 'SourceAuthDenied'],
    [403, 'SourceAuthDenied'],
    [404, 'SourceNotFound'],
    [500, 'SourceUnavailable'],
    [503, 'SourceUnavailable'],
  ])('a server that answers %i is %s', async (status, type) => {
    const root = await temporaryDirectory();
    const server = await serveGitOverHttps(root, { status: () => status });
    const trees = await treesFor([], { caBundle: server.caBundle });
    const source = { git: `${server.url}/a.git`, ref: 'main', commit: 'a'.repeat(40) };
    await expect(trees.withTree(source, readMain)).rejects.toMatchObject({ type });
    await expect(trees.resolve(source)).rejects.toMatchObject({ type });
  });

  test('a server of an unknown CA is SourceUnavailable and the message names the setting', async () => {
    const root = await temporaryDirectory();
    await createRepository(root);
    const server = await serveGitOverHttps(root);
    const trees = await treesFor([]);
    await expect(
      trees.resolve({ git: `${server.url}/repository/.git`, ref: 'main' }),
    ).rejects.toMatchObject({
      type: 'SourceUnavailable',
      message: expect.stringContaining('SLIPWAY_CA_BUNDLE'),
    });
  });

  test('a server that is not there is SourceUnavailable', async () => {
    const trees = await treesFor([]);
    await expect(
      trees.resolve({ git: 'https://127.0.0.1:1/a.git', ref: 'main' }),
    ).rejects.toMatchObject({ type: 'SourceUnavailable', nonRetryable: false });
  });
});

describe('the trees that are kept', () => {
  test('are bounded, the least recently used goes first, and one in use stays', async () => {
    const repository = await createRepository();
    const commits: string[] = [];
    for (const text of ['a', 'b', 'c']) commits.push(await repository.commit({ 'main.txt': text }));
    const workDirectory = await temporaryDirectory();
    const trees = await treesFor([repository.directory], {
      workDirectory,
      limits: { count: 1, bytes: 1e9 },
    });
    const source = (index: number) => ({
      git: repository.url,
      ref: 'main',
      commit: commits[index] ?? '',
    });
    const kept = async () => {
      const [own = ''] = await readdir(join(workDirectory, 'sources'));
      const names = await readdir(join(workDirectory, 'sources', own, 'trees'));
      return names
        .map((name) => commits.indexOf(name.split('-')[1] ?? ''))
        .toSorted((a, b) => a - b);
    };

    await trees.withTree(source(0), async (directory) => {
      await trees.withTree(source(1), readMain);
      await trees.withTree(source(2), readMain);
      expect(await readMain(directory)).toBe('a');
      expect(await kept()).toEqual([0]);
    });
    await trees.withTree(source(2), readMain);
    expect(await kept()).toEqual([2]);
  });

  test('of a killed process are taken over whole; what it had not finished is removed', async () => {
    const root = await temporaryDirectory();
    const repository = await createRepository(root);
    const commit = await repository.commit({ 'main.txt': 'one' });
    const workDirectory = await temporaryDirectory();
    const source = { git: repository.url, ref: 'main', commit };
    const before = await treesFor([root], { workDirectory });
    await before.withTree(source, readMain);
    const sources = join(workDirectory, 'sources');
    const [own = ''] = await readdir(sources);
    // As a killed process leaves it: its id is gone, or is another process's now.
    const ended = spawnSync(process.execPath, ['--version']).pid;
    await rename(join(sources, own), join(sources, `${ended}.1.aaaa`));
    await mkdir(join(sources, `${process.pid}.1.bbbb`, 'temporary', 'half'), { recursive: true });
    await mkdir(join(sources, `${ended}.1.aaaa`, 'temporary', 'tree-half'));

    const after = await treesFor([root], { workDirectory });
    await rename(repository.directory, `${repository.directory}-gone`);
    await mkdir(repository.directory);
    expect(await after.withTree(source, readMain)).toBe('one');
    const left = await readdir(sources);
    expect(left).toHaveLength(1);
    expect(await readdir(join(sources, left[0] ?? '', 'temporary'))).toEqual([]);
  });

  test('of another living process are left alone', async () => {
    const root = await temporaryDirectory();
    const repository = await createRepository(root);
    const commit = await repository.commit({ 'main.txt': 'one' });
    const workDirectory = await temporaryDirectory();
    const source = { git: repository.url, ref: 'main', commit };
    const first = await treesFor([root], { workDirectory });
    await first.withTree(source, async (directory) => {
      const second = await treesFor([root], { workDirectory });
      await second.withTree(source, readMain);
      expect(await readMain(directory)).toBe('one');
    });
    expect(await readdir(join(workDirectory, 'sources'))).toHaveLength(2);
  });
});
