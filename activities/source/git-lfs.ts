import { failure } from '../../workflows/contract/failures.ts';
import type { Git } from './git-command.ts';
import type { ConfigEntry } from './git-config.ts';
import { gitLocation, type GitLocation } from './git-location.ts';
import { readConfigFile } from './git-submodules.ts';

/** What git-lfs needs beside git: the repository it asks, and the filter that a checkout runs. */
export function lfsConfiguration({ url }: GitLocation): readonly ConfigEntry[] {
  return [
    ['remote.origin.url', url],
    ['filter.lfs.process', 'git-lfs filter-process'],
    ['filter.lfs.required', 'true'],
  ];
}

/**
 * Downloads the LFS files of a commit into its bare repository, so that a checkout finds them. The
 * server is the repository's own unless `.lfsconfig` names another; that one may not lie on this
 * machine, and be reached by ssh only where the source itself is.
 *
 * Throws `SourceNotFound` and `InvalidDefinition` for a server that may not be used; other errors
 * are git's.
 *
 * @param git reaches the remote at `location`, with `lfsConfiguration`
 * @returns arguments for the git that checks the commit out
 */
export async function fetchLfsFiles(
  git: Git,
  gitDir: string,
  commit: string,
  location: GitLocation,
): Promise<readonly string[]> {
  const server = await lfsServer(git, gitDir, commit, location);
  const arguments_ = server === null ? [] : ['-c', `lfs.url=${server}`];
  await git([...arguments_, 'lfs', 'fetch', 'origin', commit], { gitDir });
  return arguments_;
}

async function lfsServer(
  git: Git,
  gitDir: string,
  commit: string,
  location: GitLocation,
): Promise<string | null> {
  const entries = new Map(await readConfigFile(git, gitDir, commit, '.lfsconfig'));
  const url = entries.get('lfs.url') ?? entries.get('remote.origin.lfsurl');
  if (url === undefined) return null;
  // No file roots: a repository does not choose what is read on this machine.
  const server = await gitLocation(url, []);
  // Without the source's own key ssh would take one of the worker's user.
  const hasKey = location.protocol === 'ssh' && server.host === location.host;
  if (server.protocol === 'ssh' && !hasKey) {
    throw failure(
      'SourceNotFound',
      `.lfsconfig names ${url}, and the source has no ssh key for that host`,
    );
  }
  return server.url;
}
