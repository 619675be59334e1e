import { simpleGit, type SimpleGit } from 'simple-git';
import { proxyVariables } from '../support/proxy.ts';
import { redact } from '../support/redact.ts';
import type { ProxySettings } from '../support/settings.ts';
import type { GitLocation } from './git-location.ts';

export interface GitOptions {
  /** PEM file with every CA that https remotes may have. */
  readonly caFile: string;
  /** An empty directory: no program finds configuration or logins (`.netrc`) of the worker's user. */
  readonly home: string;
  /** Where programs are looked for before the system's directories. */
  readonly path: readonly string[];
  readonly proxy: ProxySettings | undefined;
  /** Milliseconds without any output (progress counts) after which git is ended. */
  readonly stallTimeout: number;
}

/** What lets git reach one remote; see `git-remotes.ts`. */
export interface RemoteAccess {
  readonly protocol: GitLocation['protocol'];
  /** The only configuration that is read beside the repository's own, which we made. */
  readonly configFile: string;
  /** Taken out of what git writes. */
  readonly secrets: readonly string[];
}

/** Where one command works: git's own variables, because a bare repository is checked out elsewhere. */
interface GitPlace {
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly indexFile?: string;
}

/** The only way to run git here: the same environment on every machine, whoever starts the worker. */
export type Git = (arguments_: readonly string[], place?: GitPlace) => Promise<string>;

/** Milliseconds. */
const versionTimeout = 10_000;

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Makes the function that runs git and returns its stdout. It rejects with an error whose message
 * is what git wrote, without the access's secrets; `classifyGitError` makes a failure of it.
 */
export function createGit(options: GitOptions, access: RemoteAccess): Git {
  return async function git(arguments_, place = {}) {
    const variables = environment(options, access, place);
    try {
      return await instance(variables, options.stallTimeout).raw([...arguments_]);
    } catch (error) {
      // simple-git's error holds more than its message: it is not passed on.
      const text = error instanceof Error ? error.message : String(error);
      // oxlint-disable-next-line preserve-caught-error
      throw new Error(redact(text, access.secrets));
    }
  };
}

/**
 * The version of the git that `createGit` runs; null where there is none.
 *
 * @param path as in `GitOptions`
 */
export async function gitVersion(path: readonly string[]): Promise<string | null> {
  const git = instance({ PATH: searchPath(path) }, versionTimeout);
  const { installed, major, minor, patch } = await git.version();
  return installed ? `${major}.${minor}.${patch}` : null;
}

function searchPath(path: readonly string[]): string {
  return [...path, systemPath].join(':');
}

function instance(variables: Record<string, string>, stallTimeout: number): SimpleGit {
  return simpleGit({
    allowEnvironment: Object.keys(variables),
    // Paths of our own: no configuration but ours and a repository's, which we made as well, is read.
    unsafe: { allowUnsafeConfigPaths: true },
    timeout: { block: stallTimeout },
    errors: commandError,
    // 50 ms by default, which on a busy machine cuts output off. A wait for `close` alone could last
    // forever: what a killed git started may keep its outputs open.
    completion: { onClose: true, onExit: 2_000 },
  }).env(variables);
}

/** Every end but exit code 0 is an error: simple-git takes one without words, or by a signal, for success. */
function commandError(
  error: Buffer | Error | undefined,
  result: {
    readonly exitCode: number | null;
    readonly stdOut: Buffer[];
    readonly stdErr: Buffer[];
  },
): Buffer | Error | undefined {
  if (error !== undefined || result.exitCode === 0) return error;
  const text = Buffer.concat([...result.stdOut, ...result.stdErr]);
  // Without a code it was a signal: a person, or the kernel for want of memory.
  const end = result.exitCode === null ? 'was killed' : `ended with code ${result.exitCode}`;
  return text.length > 0 ? text : new Error(`git ${end} and said nothing`);
}

function environment(
  options: GitOptions,
  access: RemoteAccess,
  { gitDir, workTree, indexFile }: GitPlace,
): Record<string, string> {
  return {
    PATH: searchPath(options.path),
    HOME: options.home,
    // `git-failure.ts` reads English.
    LC_ALL: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: access.configFile,
    GIT_CONFIG_SYSTEM: '/dev/null',
    // Redirects and what a server names are held to it as well.
    GIT_ALLOW_PROTOCOL: access.protocol,
    GIT_SSL_CAINFO: options.caFile,
    ...Object.fromEntries(proxyVariables(options.proxy).map(({ name, value }) => [name, value])),
    // git-lfs shows progress on terminals only; without it a long download looks stalled.
    GIT_LFS_FORCE_PROGRESS: '1',
    ...(gitDir === undefined ? {} : { GIT_DIR: gitDir }),
    ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
  };
}
