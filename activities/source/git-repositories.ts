import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../workflows/contract/failures.ts';
import type { Git } from './git-command.ts';
import { classifyGitError } from './git-failure.ts';

/** Bare repositories, one per URL, so that the next commit of a large one is a small fetch. */
export interface GitRepositories {
  /** Runs `use` with the git directory that holds the commit; one at a time per URL. */
  withCommit<T>(url: string, commit: string, use: (gitDir: string) => Promise<T>): Promise<T>;
}

/** Repositories kept; each grows with the commits that were fetched into it. */
const maxRepositories = 16;

// No clean-up in the background: it would outlive the command and hold locks.
const quiet = ['-c', 'gc.auto=0', '-c', 'maintenance.auto=false'];
const fetchOptions = [
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--progress',
];

/** @param directory belongs to this process alone */
export function createGitRepositories(git: Git, directory: string): GitRepositories {
  /** The last turn of each URL, in order of use: git's own locks do not wait, so turns are taken. */
  const turns = new Map<string, Promise<void>>();
  const ready = new Set<string>();

  async function fetchCommit(url: string, commit: string, gitDir: string): Promise<void> {
    if (!ready.has(url)) {
      await rm(gitDir, { recursive: true, force: true });
      await git(['init', '--bare', '--quiet', '--', gitDir]);
      ready.add(url);
    }
    if (await has(commit, gitDir)) return;
    try {
      await git([...quiet, 'fetch', ...fetchOptions, '--depth=1', '--', url, commit], { gitDir });
    } catch (error) {
      if (!refusesCommits(error)) throw error;
      await fetchEverything(url, gitDir);
    }
    if (!(await has(commit, gitDir))) {
      throw failure('SourceNotFound', `no branch or tag of ${url} holds a commit ${commit}`);
    }
  }

  async function has(commit: string, gitDir: string): Promise<boolean> {
    try {
      await git(['cat-file', '-e', `${commit}^{commit}`], { gitDir });
      return true;
    } catch {
      return false;
    }
  }

  /** Servers of protocol version 0 give out only what a ref names. */
  async function fetchEverything(url: string, gitDir: string): Promise<void> {
    const refs = ['+refs/heads/*:refs/slipway/heads/*', '+refs/tags/*:refs/slipway/tags/*'];
    await git([...quiet, 'fetch', ...fetchOptions, '--prune', '--', url, ...refs], { gitDir });
  }

  async function forget(url: string): Promise<void> {
    ready.delete(url);
    await rm(join(directory, nameOf(url)), { recursive: true, force: true });
  }

  /** Waits until nobody works with the URL's repository; the caller ends its turn. */
  async function takeTurn(url: string): Promise<() => void> {
    const previous = turns.get(url);
    const { promise: turn, resolve } = Promise.withResolvers<void>();
    turns.set(url, turn);
    await previous;
    return () => {
      if (turns.get(url) === turn) turns.delete(url);
      resolve();
    };
  }

  async function dropOldest(): Promise<void> {
    for (const url of [...ready].filter((known) => !turns.has(known))) {
      if (ready.size <= maxRepositories) return;
      const end = await takeTurn(url);
      await forget(url).finally(end);
    }
  }

  return {
    async withCommit(url, commit, use) {
      const end = await takeTurn(url);
      try {
        const gitDir = join(directory, nameOf(url));
        await fetchCommit(url, commit, gitDir);
        return await use(gitDir);
      } catch (error) {
        const problem = classifyGitError(`fetching ${commit} of ${url}`, error);
        // It may be our own copy that is broken: the next attempt starts without it.
        if (problem.type === 'SourceUnavailable') await forget(url);
        throw problem;
      } finally {
        // Used last, forgotten last.
        if (ready.delete(url)) ready.add(url);
        end();
        await dropOldest();
      }
    },
  };
}

function refusesCommits(error: unknown): boolean {
  return error instanceof Error && /unadvertised object/i.test(error.message);
}

function nameOf(url: string): string {
  return `${createHash('sha256').update(url).digest('hex').slice(0, 32)}.git`;
}
