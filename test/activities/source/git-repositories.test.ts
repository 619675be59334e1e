import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { serveGitOverHttps } from '../../support/git-https-server.ts';
import { createRepository } from '../../support/git-repository.ts';
import { reading, testTrees } from '../../support/git-trees.ts';
import { descendants } from '../../support/processes.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

vi.setConfig({ testTimeout: 30_000 });

/** A subdirectory of the process's own directory. */
async function kept(workDirectory: string, name: string): Promise<string> {
  const sources = join(workDirectory, 'sources');
  const [own = ''] = await readdir(sources);
  return join(sources, own, name);
}

test('a git that is killed in the middle leaves nothing that the next fetch stumbles over', async () => {
  const root = await temporaryDirectory();
  const repository = await createRepository(root);
  const commit = await repository.commit({ 'main.txt': 'one' });
  const { promise: asked, resolve: holding } = Promise.withResolvers<void>();
  let held = false;
  const server = await serveGitOverHttps(root, {
    // The first request for objects is never answered.
    serve: (request) => {
      if (held || request.method !== 'POST') return false;
      held = true;
      holding();
      return true;
    },
  });
  const { trees, workDirectory } = await testTrees({ caBundle: server.caBundle });
  const source = { git: `${server.url}/repository/.git`, ref: 'main', commit };
  const failed = trees.withTree(source, reading('main.txt')).catch((error: unknown) => error);
  await asked;
  const gits = (await descendants()).filter(({ name }) => name.startsWith('git'));
  expect(gits.length).toBeGreaterThan(0);
  for (const { pid } of gits) process.kill(pid, 'SIGKILL');
  expect(await failed).toMatchObject({ type: 'SourceUnavailable', nonRetryable: false });
  expect(await readdir(await kept(workDirectory, 'temporary'))).toEqual([]);
  expect(await readdir(await kept(workDirectory, 'repositories'))).toEqual([]);
  expect(await trees.withTree(source, reading('main.txt'))).toBe('one');
});

test('a lock that somebody left costs one attempt', async () => {
  const root = await temporaryDirectory();
  const repository = await createRepository(root);
  const one = await repository.commit({ 'main.txt': 'one' });
  const two = await repository.commit({ 'main.txt': 'two' });
  const server = await serveGitOverHttps(root);
  const { trees, workDirectory } = await testTrees({ caBundle: server.caBundle });
  const source = { git: `${server.url}/repository/.git`, ref: 'main' };
  await trees.withTree({ ...source, commit: one }, reading('main.txt'));
  const repositories = await kept(workDirectory, 'repositories');
  const [copy = ''] = await readdir(repositories);
  await writeFile(join(repositories, copy, 'shallow.lock'), '');
  const second = () => trees.withTree({ ...source, commit: two }, reading('main.txt'));
  await expect(second()).rejects.toMatchObject({ type: 'SourceUnavailable', nonRetryable: false });
  expect(await second()).toBe('two');
});

test('repositories are bounded in bytes and number, the least recently used goes first', async () => {
  const filler = 'x'.repeat(200);
  const repositories = await Promise.all(
    ['a', 'b', 'c'].map(async () => {
      const repository = await createRepository(await temporaryDirectory());
      return { repository, commit: await repository.commit({ 'main.txt': filler }) };
    }),
  );
  const [a, b, c] = repositories.map(({ repository, commit }) => ({
    git: repository.url,
    ref: 'main',
    commit,
  }));
  for (const [limits, expected] of [
    [{ count: 2, bytes: 1e9 }, 2],
    [{ count: 9, bytes: 1 }, 0],
  ] as const) {
    const { trees, workDirectory } = await testTrees({
      fileRoots: ['/'],
      repositoryLimits: limits,
      limits: { count: 0, bytes: 0 },
    });
    const names: (readonly string[])[] = [];
    for (const source of [a, b, c]) {
      if (source === undefined) throw new Error('three were made');
      expect(await trees.withTree(source, reading('main.txt'))).toBe(filler);
      names.push(await readdir(await kept(workDirectory, 'repositories')));
    }
    expect(names.at(-1)).toHaveLength(expected);
    const [first = []] = names;
    for (const name of first) expect(names.at(-1)).not.toContain(name);
  }
});
