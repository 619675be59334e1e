import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertNever } from '../../workflows/contract/assert-never.ts';
import type { GitCredentials } from '../support/git-secrets.ts';
import { createGit, type Git, type GitOptions } from './git-command.ts';
import { formatGitConfig, shellWord, type ConfigEntry } from './git-config.ts';
import type { GitLocation } from './git-location.ts';

/** A repository with what its server is shown. */
export interface GitRemote {
  readonly location: GitLocation;
  readonly credentials: GitCredentials | null;
}

/** Runs `use` with a git that reaches this one remote, and is configured by the entries. */
export type WithRemote = <T>(
  remote: GitRemote,
  entries: readonly ConfigEntry[],
  use: (git: Git) => Promise<T>,
) => Promise<T>;

/**
 * Credentials go to git through files that only this process's user can read, in a directory that
 * is removed when `use` ends; a killed process's go when the next one starts. Nothing secret is in
 * an argument or a variable: those name the files.
 *
 * @param temporary belongs to this process alone
 */
export function createWithRemote(options: GitOptions, temporary: string): WithRemote {
  return async function withRemote(remote, own, use) {
    // mkdtemp makes it 0700.
    const directory = await mkdtemp(join(temporary, 'remote-'));
    try {
      const { location, credentials } = remote;
      const entries = [
        ...own,
        ...(credentials === null ? [] : await hand(credentials, location, directory)),
      ];
      const configFile = join(directory, 'config');
      await writePrivate(configFile, formatGitConfig(entries));
      const { protocol } = location;
      return await use(
        createGit(options, { protocol, configFile, secrets: secretsOf(credentials) }),
      );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
}

async function hand(
  credentials: GitCredentials,
  location: GitLocation,
  directory: string,
): Promise<readonly ConfigEntry[]> {
  switch (credentials.kind) {
    case 'password': {
      const { username, password } = credentials;
      const file = join(directory, 'credentials');
      // git's own helper: it answers for this protocol, host and port only, so nobody else gets it,
      // whomever a redirect, a submodule or an LFS server names.
      const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
      await writePrivate(file, `https://${login}@${location.host}\n`);
      return [['credential.helper', `store --file=${shellWord(file)}`]];
    }
    case 'ssh': {
      const key = join(directory, 'key');
      const knownHosts = join(directory, 'known_hosts');
      const config = join(directory, 'ssh_config');
      await writePrivate(key, credentials.privateKey);
      await writePrivate(knownHosts, credentials.knownHosts);
      await writePrivate(config, sshConfig(key, knownHosts));
      return [['core.sshCommand', `ssh -F ${shellWord(config)}`]];
    }
    default:
      return assertNever(credentials);
  }
}

/** ssh_config(5). Nothing of the worker's user is used, and nobody is asked. */
function sshConfig(key: string, knownHosts: string): string {
  const options = [
    // Where the URL names no user: the worker's own has no meaning on the server.
    ['User', 'git'],
    ['IdentityFile', sshPath(key)],
    ['IdentitiesOnly', 'yes'],
    ['IdentityAgent', 'none'],
    ['PreferredAuthentications', 'publickey'],
    ['UserKnownHostsFile', sshPath(knownHosts)],
    ['GlobalKnownHostsFile', '/dev/null'],
    ['StrictHostKeyChecking', 'yes'],
    ['UpdateHostKeys', 'no'],
    ['BatchMode', 'yes'],
    ['ForwardAgent', 'no'],
    ['ClearAllForwardings', 'yes'],
    ['ConnectTimeout', '20'],
    ['ServerAliveInterval', '15'],
    ['LogLevel', 'ERROR'],
  ];
  return `Host *\n${options.map(([name, value]) => `  ${name} ${value}\n`).join('')}`;
}

/** `%` starts a token there. */
function sshPath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

function secretsOf(credentials: GitCredentials | null): readonly string[] {
  if (credentials === null) return [];
  if (credentials.kind === 'ssh') return [credentials.privateKey.trim()];
  const { username, password } = credentials;
  return [password, Buffer.from(`${username}:${password}`).toString('base64')];
}

async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
}
