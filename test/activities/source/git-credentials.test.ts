import { readFile, readdir, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { serveGitOverHttps, type GitHttpsBehaviour } from '../../support/git-https-server.ts';
import { createRepository } from '../../support/git-repository.ts';
import { passwordFor, reading, testTrees } from '../../support/git-trees.ts';
import { descendants, type ProcessView } from '../../support/processes.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

vi.setConfig({ testTimeout: 30_000 });

// Characters that a URL, a shell and git's credential protocol treat in their own ways.
const login = { username: 'team@bot', password: "p%40'ss $w:ö/rd" };

/** A repository behind a login. */
async function privateRepository(behaviour: GitHttpsBehaviour = {}) {
  const root = await temporaryDirectory();
  const repository = await createRepository(root);
  const commit = await repository.commit({ 'main.txt': 'private' });
  const server = await serveGitOverHttps(root, { login, ...behaviour });
  const git = `${server.url}/repository/.git`;
  return { repository, server, source: { git, ref: 'main', commit } };
}

describe('a password', () => {
  test('opens the repository that its Secret is for', async () => {
    const { server, source } = await privateRepository();
    const { trees } = await testTrees({
      caBundle: server.caBundle,
      secrets: { team: passwordFor(server.url, login) },
    });
    const named = { ...source, secret: 'team' };
    expect(await trees.resolve(named)).toBe(source.commit);
    expect(await trees.withTree(named, reading('main.txt'))).toBe('private');
  });

  test.each([
    ['none', undefined],
    ['a wrong one', { username: 'team', password: 'hunter2-wrong' }],
  ])('is refused by the server: %s', async (_what, given) => {
    const { server, source } = await privateRepository();
    const { trees } = await testTrees({
      caBundle: server.caBundle,
      secrets: given === undefined ? {} : { team: passwordFor(server.url, given) },
    });
    const named = given === undefined ? source : { ...source, secret: 'team' };
    for (const attempt of [
      () => trees.resolve(named),
      () => trees.withTree(named, reading('main.txt')),
    ]) {
      const problem = await attempt().catch((error: unknown) => error as Error);
      expect(problem).toMatchObject({ type: 'SourceAuthDenied', nonRetryable: true });
      expect(JSON.stringify([problem, (problem as Error).message])).not.toContain('hunter2');
    }
  });

  test('of a Secret that is for another host does not reach the server', async () => {
    const { server, source } = await privateRepository();
    const { trees } = await testTrees({
      caBundle: server.caBundle,
      secrets: { team: passwordFor('https://git.example.com', login) },
    });
    await expect(trees.resolve({ ...source, secret: 'team' })).rejects.toMatchObject({
      type: 'SecretNotFound',
    });
    expect(server.requests).toEqual([]);
  });

  test('does not follow a redirect to another server', async () => {
    const thief = await privateRepository();
    const { server, source } = await privateRepository({
      redirect: (request: IncomingMessage) => `${thief.server.url}${request.url}`,
    });
    const { trees } = await testTrees({
      caBundle: server.caBundle + thief.server.caBundle,
      secrets: { team: passwordFor(server.url, login) },
    });
    const named = { ...source, secret: 'team' };
    await expect(trees.resolve(named)).rejects.toMatchObject({ type: 'SourceAuthDenied' });
    await expect(trees.withTree(named, reading('main.txt'))).rejects.toMatchObject({
      type: 'SourceAuthDenied',
    });
    expect(server.authorizations).not.toEqual([]);
    expect(thief.server.requests).not.toEqual([]);
    expect(thief.server.authorizations).toEqual([]);
  });

  test('does not go over plain http, whoever says so', async () => {
    const { server, source } = await privateRepository({
      redirect: () => 'http://localhost:1/repository/.git',
    });
    const { trees } = await testTrees({
      caBundle: server.caBundle,
      secrets: { team: passwordFor(server.url, login) },
    });
    await expect(trees.resolve({ ...source, secret: 'team' })).rejects.toThrow(
      /protocol "?http"? (not supported or )?disabled/i,
    );
  });
});

describe('what was fetched with a Secret', () => {
  test('is not given to a source without it, or with another', async () => {
    const { server, source } = await privateRepository();
    const { trees, secrets } = await testTrees({
      caBundle: server.caBundle,
      secrets: {
        team: passwordFor(server.url, login),
        other: passwordFor(server.url, { username: 'x', password: 'wrong' }, '2'),
      },
    });
    const read = (secret?: string) =>
      trees.withTree(
        { ...source, ...(secret === undefined ? {} : { secret }) },
        reading('main.txt'),
      );
    expect(await read('team')).toBe('private');
    await expect(read()).rejects.toMatchObject({ type: 'SourceAuthDenied' });
    await expect(read('other')).rejects.toMatchObject({ type: 'SourceAuthDenied' });

    // The Secret changes: what it could read before is asked for anew, and once more only.
    secrets.set('team', passwordFor(server.url, login, '3'));
    const before = server.requests.length;
    expect(await read('team')).toBe('private');
    const after = server.requests.length;
    expect(after).toBeGreaterThan(before);
    expect(await read('team')).toBe('private');
    expect(server.requests).toHaveLength(after);

    secrets.delete('team');
    await expect(read('team')).rejects.toMatchObject({ type: 'SecretNotFound' });
  });
});

describe('the kind of credentials', () => {
  const key = { kind: 'ssh', privateKey: 'KEY', knownHosts: 'HOSTS', version: '1' } as const;

  test.each([
    ['a key for https', 'https://git.example.com/a.git', 'key', 'SecretNotFound', /basic-auth/],
    ['a password for ssh', 'git@git.example.com:a.git', 'login', 'SecretNotFound', /ssh-auth/],
    ['none for ssh', 'ssh://git.example.com/a.git', null, 'SourceAuthDenied', /names no Secret/],
    ['a Secret for a file', 'file:///', 'login', 'InvalidDefinition', /would not be used/],
  ])('%s', async (_what, git, secret, type, message) => {
    const { trees } = await testTrees({
      fileRoots: ['/'],
      secrets: {
        key: { host: 'git.example.com', ...key },
        login: passwordFor('https://git.example.com', login),
      },
    });
    const source = { git, ref: 'main', ...(secret === null ? {} : { secret }) };
    await expect(trees.resolve(source)).rejects.toMatchObject({
      type,
      message: expect.stringMatching(message),
    });
  });
});

describe('nobody else reads the password', () => {
  test('in arguments and variables of any process, in files of others, or afterwards', async () => {
    const seen: ProcessView[] = [];
    const modes: number[] = [];
    const { promise: asked, resolve: holding } = Promise.withResolvers<void>();
    const { promise: looked, resolve: goOn } = Promise.withResolvers<void>();
    const { server, source } = await privateRepository({
      // Holds the first request that has the password, so that there is something to look at.
      serve: (request, response) => {
        holding();
        void looked.then(() => response.writeHead(500).end());
        return request.url !== undefined;
      },
    });
    const { trees, workDirectory } = await testTrees({
      caBundle: server.caBundle,
      secrets: { team: passwordFor(server.url, login) },
    });
    const failed = trees
      .withTree({ ...source, secret: 'team' }, reading('main.txt'))
      .catch((error: unknown) => error as Error);
    await asked;
    seen.push(...(await descendants()));
    for (const name of await filesBelow(workDirectory)) {
      const text = await readFile(name, 'utf8');
      if (carries(text)) modes.push((await stat(name)).mode & 0o777);
    }
    goOn();
    const problem = (await failed) as Error;

    expect(server.authorizations).not.toEqual([]);
    expect(seen.some(({ name }) => name.startsWith('git-remote'))).toBe(true);
    expect(seen.filter((view) => carries(view.commandLine + view.environment))).toEqual([]);
    expect(modes).toEqual([0o600]);
    expect(carries(JSON.stringify([problem.message, problem.stack, problem]))).toBe(false);
    for (const name of await filesBelow(workDirectory)) {
      expect([name, carries(await readFile(name, 'latin1'))]).toEqual([name, false]);
    }
  });
});

/** In any of the forms that a program may give it. */
function carries(text: string): boolean {
  const { username, password } = login;
  return [
    password,
    encodeURIComponent(password),
    Buffer.from(password).toString('latin1'),
    Buffer.from(`${username}:${password}`).toString('base64'),
  ].some((form) => text.includes(form));
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
