import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { GitCredentials } from '../../../activities/support/git-secrets.ts';
import { serveGitOverHttps } from '../../support/git-https-server.ts';
import { createRepository } from '../../support/git-repository.ts';
import { reading, testTrees } from '../../support/git-trees.ts';
import { lfsPointer, lfsServer } from '../../support/lfs-server.ts';
import {
  acquireOpenSsh,
  makeSshKey,
  startSshServer,
  type OpenSsh,
  type SshKey,
  type SshServer,
} from '../../support/openssh.ts';
import { descendants, type ProcessView } from '../../support/processes.ts';
import { environmentTools } from '../../support/push-small-image.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let openSsh: OpenSsh;
beforeAll(async () => {
  openSsh = await acquireOpenSsh();
});

/** The credentials of a Secret with this key. */
function keyFor(
  server: Pick<SshServer, 'host' | 'knownHosts'>,
  { privateKey }: SshKey,
): { readonly host: string } & GitCredentials {
  const { host, knownHosts } = server;
  return { host, kind: 'ssh', privateKey, knownHosts: `${knownHosts}\n`, version: '1' };
}

async function served(path?: string) {
  const root = await temporaryDirectory();
  const repository = await createRepository(root);
  const commit = await repository.commit({ 'main.txt': 'private' });
  const key = await makeSshKey(openSsh);
  const server = await startSshServer(openSsh, {
    authorizedKeys: [key.publicKey],
    ...(path === undefined ? {} : { path }),
  });
  const git = server.url + join(repository.directory, '.git');
  return { repository, key, server, source: { git, ref: 'main', commit, secret: 'team' } };
}

describe('git over ssh', () => {
  test('fetches with the key of the Secret, with and without a user in the URL', async () => {
    const { server, key, source } = await served();
    const { trees } = await testTrees({
      gitPath: openSsh.clientPath,
      secrets: { team: keyFor(server, key) },
    });
    for (const git of [source.git, source.git.replace('git@', '')]) {
      expect(await trees.resolve({ ...source, git })).toBe(source.commit);
      expect(await trees.withTree({ ...source, git }, reading('main.txt'))).toBe('private');
    }
  });

  test('fetches submodules of the same server', async () => {
    const { server, key, source, repository } = await served();
    const lib = await createRepository(await temporaryDirectory());
    const libCommit = await lib.commit({ 'lib.txt': 'lib' });
    const relative = `../../..${lib.directory}/.git`.replace('/tmp/', '/');
    await writeFile(
      join(repository.directory, '.gitmodules'),
      `[submodule "lib"]\n\tpath = lib\n\turl = ${relative}\n`,
    );
    await repository.git('add', '.gitmodules');
    await repository.git('update-index', '--add', '--cacheinfo', `160000,${libCommit},lib`);
    await repository.git('commit', '--quiet', '-m', 'lib');
    const commit = await repository.git('rev-parse', 'HEAD');
    const { trees } = await testTrees({
      gitPath: openSsh.clientPath,
      secrets: { team: keyFor(server, key) },
    });
    const text = await trees.withTree(
      { ...source, commit, submodules: true },
      reading('lib/lib.txt'),
    );
    expect(text).toBe('lib');
  });

  test('is refused by a server whose host key is not the known one', async () => {
    const { server, key, source } = await served();
    const stranger = await makeSshKey(openSsh);
    for (const knownHosts of [
      `[127.0.0.1]:${server.host.split(':')[1]} ${stranger.publicKey}`,
      `other.example.com ${stranger.publicKey}`,
    ]) {
      const { trees } = await testTrees({
        gitPath: openSsh.clientPath,
        secrets: { team: keyFor({ host: server.host, knownHosts }, key) },
      });
      await expect(trees.resolve(source)).rejects.toMatchObject({
        type: 'SourceAuthDenied',
        nonRetryable: true,
        message: expect.stringContaining('not among known_hosts of the Secret'),
      });
    }
  });

  test.each([
    ['a key that the server does not know', true, /permission denied \(publickey\)/i],
    ['something that is no key', false, /no private key that OpenSSH can read/],
  ])('is denied with %s', async (_what, isKey, message) => {
    const { server, source } = await served();
    const stranger = await makeSshKey(openSsh);
    const broken = { ...stranger, privateKey: stranger.privateKey.replace(/\n.{9}/, '\n') };
    const { trees } = await testTrees({
      gitPath: openSsh.clientPath,
      secrets: { team: keyFor(server, isKey ? stranger : broken) },
    });
    await expect(trees.resolve(source)).rejects.toMatchObject({
      type: 'SourceAuthDenied',
      nonRetryable: true,
      message: expect.stringMatching(message),
    });
  });

  test('tells a repository that is not there from a server that is not there', async () => {
    const { server, key, source } = await served();
    const nowhere = { ...server, host: '127.0.0.1:1' };
    const { trees } = await testTrees({
      gitPath: openSsh.clientPath,
      secrets: { team: keyFor(server, key), nowhere: keyFor(nowhere, key) },
    });
    await expect(
      trees.resolve({ ...source, git: `${server.url}/srv/absent.git` }),
    ).rejects.toMatchObject({ type: 'SourceNotFound', nonRetryable: true });
    await expect(
      trees.resolve({ ...source, git: 'ssh://git@127.0.0.1:1/a.git', secret: 'nowhere' }),
    ).rejects.toMatchObject({ type: 'SourceUnavailable', nonRetryable: false });
  });

  test('gets LFS files by the server’s git-lfs-authenticate', async () => {
    const { gitLfs } = await environmentTools();
    const content = Buffer.from('a large file');
    const lfs = lfsServer([content]);
    const login = { username: 'lfs', password: 'from-ssh' };
    const https = await serveGitOverHttps(await temporaryDirectory(), { login, serve: lfs.serve });
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    const bin = await temporaryDirectory();
    const answer = { href: `${https.url}/repo/info/lfs`, header: { Authorization: authorization } };
    await writeFile(join(bin, 'answer.json'), JSON.stringify(answer));
    await writeFile(join(bin, 'git-lfs-authenticate'), `#!/bin/sh\ncat ${bin}/answer.json\n`);
    await chmod(join(bin, 'git-lfs-authenticate'), 0o755);
    const { server, key, source, repository } = await served(bin);
    const commit = await repository.commit({
      '.gitattributes': '*.bin filter=lfs -text\n',
      'a.bin': lfsPointer(content),
    });
    const { trees } = await testTrees({
      gitPath: [...openSsh.clientPath, dirname(gitLfs ?? '')],
      caBundle: https.caBundle,
      secrets: { team: keyFor(server, key) },
    });
    const text = await trees.withTree({ ...source, commit, lfs: true }, reading('a.bin'));
    expect(text).toBe(String(content));
  });
});

test('nobody else reads the key: in arguments, variables, files of others, or afterwards', async () => {
  const { key, server, source, repository } = await served();
  // The server's side of the fetch waits until this file is there.
  const gate = join(repository.directory, 'gate');
  const hook = join(repository.directory, 'hold');
  await writeFile(hook, `#!/bin/sh\nwhile [ ! -e "${gate}" ]; do sleep 0.05; done\nexec "$@"\n`);
  await chmod(hook, 0o755);
  const bin = await temporaryDirectory();
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'git-upload-pack'), `#!/bin/sh\nexec ${hook} git upload-pack "$@"\n`);
  await chmod(join(bin, 'git-upload-pack'), 0o755);
  const holding = await startSshServer(openSsh, { authorizedKeys: [key.publicKey], path: bin });
  const { trees, workDirectory } = await testTrees({
    gitPath: openSsh.clientPath,
    secrets: { team: keyFor(holding, key) },
  });
  const git = source.git.replace(server.url, holding.url);
  const reading_ = trees.withTree({ ...source, git }, reading('main.txt'));
  const lines = key.privateKey.split('\n').filter((line) => line.length > 40);
  const carries = (text: string) => lines.some((line) => text.includes(line));

  const seen = await until(async () => {
    const views = await descendants();
    return views.some(({ commandLine }) => commandLine.includes('hold')) ? views : null;
  });
  const modes: number[] = [];
  for (const name of await filesBelow(workDirectory)) {
    if (carries(await readFile(name, 'latin1'))) modes.push((await stat(name)).mode & 0o777);
  }
  await writeFile(gate, '');
  expect(await reading_).toBe('private');
  expect(seen.some(({ name }: ProcessView) => name === 'ssh')).toBe(true);
  expect(seen.filter((view) => carries(view.commandLine + view.environment))).toEqual([]);
  expect(modes).toEqual([0o600]);
  for (const name of await filesBelow(workDirectory)) {
    expect([name, carries(await readFile(name, 'latin1'))]).toEqual([name, false]);
  }
});

/** Asks until there is an answer; the test's time limit ends it. */
async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
  }
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
