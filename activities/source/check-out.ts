import { randomUUID } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { failure, isFailureType } from '../../workflows/contract/failures.ts';
import type { Git } from './git-command.ts';
import { classifyGitError } from './git-failure.ts';
import { fetchLfsFiles, lfsConfiguration } from './git-lfs.ts';
import { gitLocation } from './git-location.ts';
import type { GitRemote, WithRemote } from './git-remotes.ts';
import type { GitRepositories } from './git-repositories.ts';
import {
  listSubmodules,
  submoduleDirectory,
  submoduleUrl,
  type Submodule,
} from './git-submodules.ts';
import { submoduleRemote } from './source-credentials.ts';

interface CheckOutOptions {
  readonly submodules: boolean;
  readonly lfs: boolean;
}

/** Submodules of submodules, and so on: more than anybody has. */
const maxDepth = 10;

/** Fills an empty directory with the tree of a commit. */
export type CheckOut = (
  remote: GitRemote,
  commit: string,
  directory: string,
  options: CheckOutOptions,
) => Promise<void>;

/**
 * Makes the function that fetches a commit and checks it out, with submodules and LFS files where
 * they are asked for. It throws `SourceNotFound`, `SourceAuthDenied`, `SourceUnavailable`, and
 * `InvalidDefinition` for the URL of a submodule or LFS server.
 */
export function createCheckOut(parts: {
  readonly repositories: GitRepositories;
  readonly withRemote: WithRemote;
  readonly fileRoots: readonly string[];
  /** On this machine only, for index files. */
  readonly temporary: string;
}): CheckOut {
  const { repositories, withRemote, fileRoots, temporary } = parts;

  /** Fetches and checks out one repository; returns what it refers to. */
  async function checkOutOne(
    remote: GitRemote,
    commit: string,
    directory: string,
    options: CheckOutOptions,
  ): Promise<readonly Submodule[]> {
    const { location, credentials } = remote;
    const origin = { url: location.url, reader: credentials?.version ?? '' };
    return withRemote(remote, options.lfs ? lfsConfiguration(location) : [], (git) =>
      repositories.withCommit(origin, commit, git, async (gitDir) => {
        try {
          const lfs = options.lfs ? await fetchLfsFiles(git, gitDir, commit, location) : [];
          await readTree(git, lfs, gitDir, directory, commit);
          return options.submodules ? await listSubmodules(git, gitDir, commit) : [];
        } catch (error) {
          throw classifyGitError(`checking out ${commit} of ${location.url}`, error);
        }
      }),
    );
  }

  /** `read-tree -u` into an index of its own: a checkout that reads .gitattributes from the commit. */
  async function readTree(
    git: Git,
    arguments_: readonly string[],
    gitDir: string,
    workTree: string,
    commit: string,
  ): Promise<void> {
    const indexFile = join(temporary, `${randomUUID()}.index`);
    try {
      // -v: progress, so that a long checkout does not look stalled.
      await git([...arguments_, 'read-tree', '-v', '-m', '-u', commit], {
        gitDir,
        workTree,
        indexFile,
      });
    } finally {
      await rm(indexFile, { force: true });
      await rm(`${indexFile}.lock`, { force: true });
    }
  }

  return async function checkOut(source, sourceCommit, directory, options) {
    const root = await realpath(directory);
    await descend(source, sourceCommit, root, 0);

    async function descend(remote: GitRemote, commit: string, at: string, depth: number) {
      // The repository's turn ends before a submodule's begins: two may refer to each other.
      const submodules = await checkOutOne(remote, commit, at, options);
      for (const submodule of submodules) {
        try {
          if (depth === maxDepth) {
            throw failure('SourceNotFound', `there are more than ${maxDepth} levels of submodules`);
          }
          const target = await submoduleDirectory(root, at, submodule.path);
          const below = await remoteOfSubmodule(source, remote, submodule.url);
          await descend(below, submodule.commit, target, depth + 1);
        } catch (error) {
          throw inSubmodule(submodule.path, error);
        }
      }
    }
  };

  async function remoteOfSubmodule(
    source: GitRemote,
    parent: GitRemote,
    url: string,
  ): Promise<GitRemote> {
    const { location } = parent;
    // Only a repository on this machine refers to others on it.
    const roots = location.protocol === 'file' ? fileRoots : [];
    return submoduleRemote(source, await gitLocation(submoduleUrl(location.url, url), roots));
  }
}

function inSubmodule(path: string, error: unknown): unknown {
  if (!(error instanceof ApplicationFailure) || !isFailureType(error.type)) return error;
  return failure(error.type, `submodule ${path}: ${error.message}`, { cause: error });
}
