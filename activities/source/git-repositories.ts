import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../workflows/contract/failures.ts';
import { sizeOfDirectory } from './directory-size.ts';
import type { Git } from './git-command.ts';
import { classifyGitError } from './git-failure.ts';

/** What a bare repository is a copy of. */
interface RepositoryOrigin {
  readonly url: string;
  /**
   * Who may read what is in it: other credentials have a copy of their own, because a copy gives
   * out what it has without asking the server.
   */
  readonly reader: string;
}

/** Bare repositories, one per origin, so that the next commit of a large one is a small fetch. */
export interface GitRepositories {
  /**
   * Runs `use` with the git directory that holds the commit; one at a time per origin, so `use`
   * must not ask for another one.
   *
   * @param git reaches the origin
   */
  withCommit<T>(
    origin: RepositoryOrigin,
    commit: string,
    git: Git,
    use: (gitDir: string) => Promise<T>,
  ): Promise<T>;
}

/** Each repository grows with the commits that are fetched into it, and is dropped as a whole. */
export interface RepositoryLimits {
  readonly count: number;
  readonly bytes: number;
}

// No clean-up in the background: it would outlive the command and hold locks.
const quiet = ['-c', 'gc.auto=0', '-c', 'maintenance.auto=false'];
const fetchOptions = [
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--progress',
];

/** @param directory belongs to this process alone */
export function createGitRepositories(
  directory: string,
  limits: RepositoryLimits,
): GitRepositories {
  /** The last turn of each repository, in order of use: git's own locks do not wait, so turns are taken. */
  const turns = new Map<string, Promise<void>>();
  /** Bytes of each that is there, the least recently used first. */
  const ready = new Map<string, number>();

  async function fetchCommit(git: Git, url: string, commit: string, name: string): Promise<void> {
    const gitDir = join(directory, name);
    if (!ready.has(name)) {
      await rm(gitDir, { recursive: true, force: true });
      await git(['init', '--bare', '--quiet', '--', gitDir]);
      ready.set(name, 0);
    }
    if (await has(git, commit, gitDir)) return;
    try {
      await git([...quiet, 'fetch', ...fetchOptions, '--depth=1', '--', url, commit], { gitDir });
    } catch (error) {
      if (!refusesCommits(error)) throw error;
      await fetchEverything(git, url, gitDir);
    }
    if (!(await has(git, commit, gitDir))) {
      throw failure('SourceNotFound', `no branch or tag of ${url} holds a commit ${commit}`);
    }
  }

  async function has(git: Git, commit: string, gitDir: string): Promise<boolean> {
    try {
      await git(['cat-file', '-e', `${commit}^{commit}`], { gitDir });
      return true;
    } catch {
      return false;
    }
  }

  /** Servers of protocol version 0 give out only what a ref names. */
  async function fetchEverything(git: Git, url: string, gitDir: string): Promise<void> {
    const refs = ['+refs/heads/*:refs/slipway/heads/*', '+refs/tags/*:refs/slipway/tags/*'];
    await git([...quiet, 'fetch', ...fetchOptions, '--prune', '--', url, ...refs], { gitDir });
  }

  async function forget(name: string): Promise<void> {
    ready.delete(name);
    await rm(join(directory, name), { recursive: true, force: true });
  }

  /** Waits until nobody works with the repository; the caller ends its turn. */
  async function takeTurn(name: string): Promise<() => void> {
    const previous = turns.get(name);
    const { promise: turn, resolve } = Promise.withResolvers<void>();
    turns.set(name, turn);
    await previous;
    return () => {
      if (turns.get(name) === turn) turns.delete(name);
      resolve();
    };
  }

  async function dropOldest(): Promise<void> {
    for (const name of ready.keys()) {
      const bytes = [...ready.values()].reduce((sum, each) => sum + each, 0);
      if (ready.size <= limits.count && bytes <= limits.bytes) return;
      // Asked each time: while one is removed, another may come into use.
      if (turns.has(name)) continue;
      const end = await takeTurn(name);
      await forget(name).finally(end);
    }
  }

  /** Used last, forgotten last. */
  async function recordUse(name: string): Promise<void> {
    if (!ready.delete(name)) return;
    // Gone where somebody emptied the work directory: the next fetch finds out.
    ready.set(name, await sizeOfDirectory(join(directory, name)).catch(() => 0));
  }

  return {
    async withCommit(origin, commit, git, use) {
      const name = nameOf(origin);
      const end = await takeTurn(name);
      try {
        await fetchCommit(git, origin.url, commit, name);
        return await use(join(directory, name));
      } catch (error) {
        const problem = classifyGitError(`fetching ${commit} of ${origin.url}`, error);
        // It may be our own copy that is broken, by a killed git: the next attempt starts without it.
        if (problem.type === 'SourceUnavailable') await forget(name);
        throw problem;
      } finally {
        await recordUse(name).finally(end);
        await dropOldest();
      }
    },
  };
}

function refusesCommits(error: unknown): boolean {
  return error instanceof Error && /unadvertised object/i.test(error.message);
}

function nameOf({ url, reader }: RepositoryOrigin): string {
  return `${createHash('sha256')
    .update(JSON.stringify([url, reader]))
    .digest('hex')
    .slice(0, 32)}.git`;
}
