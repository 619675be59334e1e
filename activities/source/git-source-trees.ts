import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstallationSettings } from '../support/settings.ts';
import { trustedCertificates } from '../support/tls.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { createGit, type Git } from './git-command.ts';
import { classifyGitError } from './git-failure.ts';
import { gitLocation } from './git-location.ts';
import { isCommit, lsRemotePatterns, pickCommit } from './git-refs.ts';
import { createGitRepositories } from './git-repositories.ts';
import { claimProcessDirectory } from './process-directory.ts';
import type { SourceTrees } from './source-trees.ts';
import { createTreeCache, type TreeLimits } from './tree-cache.ts';

export interface GitSourceTreesOptions {
  readonly settings: Pick<InstallationSettings, 'caBundle' | 'fileRoots' | 'workDirectory'>;
  /** Checked-out trees kept for other containers and builds; those in use are kept beyond it. */
  readonly limits?: TreeLimits;
  /** Milliseconds without output after which git is given up. */
  readonly stallTimeout?: number;
}

const defaultLimits: TreeLimits = { count: 32, bytes: 10 * 1024 ** 3 };
const defaultStallTimeout = 60_000;

/**
 * Git over https and file. One fetch per process and commit, one checked-out tree for all who read
 * it. Submodules stay empty directories, LFS files stay pointers.
 *
 * See `SourceTrees` for the failure types.
 */
export async function createGitSourceTrees(options: GitSourceTreesOptions): Promise<SourceTrees> {
  const { settings, limits = defaultLimits } = options;
  const own = await claimProcessDirectory(join(settings.workDirectory, 'sources'), ['trees']);
  const repositories = join(own, 'repositories');
  const temporary = join(own, 'temporary');
  await Promise.all([mkdir(repositories), mkdir(temporary)]);
  // git takes one file in place of its default roots, so it holds those too.
  const caFile = join(own, 'ca.pem');
  await writeFile(caFile, trustedCertificates(settings.caBundle).join('\n'));

  const git = createGit({ caFile, stallTimeout: options.stallTimeout ?? defaultStallTimeout });
  const fetched = createGitRepositories(git, repositories);
  const trees = createTreeCache(join(own, 'trees'), temporary, limits);

  return {
    async resolve(source) {
      const url = await gitLocation(source.git, settings.fileRoots);
      if (isCommit(source.ref)) return source.ref;
      return resolveRef(git, url, source.ref);
    },

    async withTree(source, use) {
      const url = await gitLocation(source.git, settings.fileRoots);
      const { commit } = source;
      if (!isCommit(commit)) {
        throw failure('SourceNotFound', `${commit} is not a full commit id of 40 hex digits`);
      }
      return trees.withTree(
        `${createHash('sha256').update(url).digest('hex').slice(0, 16)}-${commit}`,
        async (path) => {
          await mkdir(path);
          const indexFile = join(temporary, `${commit}-${process.hrtime.bigint()}.index`);
          try {
            await fetched.withCommit(url, commit, (gitDir) =>
              checkOut(git, { gitDir, workTree: path, indexFile }, url, commit),
            );
          } finally {
            await rm(indexFile, { force: true });
          }
        },
        use,
      );
    },
  };
}

async function resolveRef(git: Git, url: string, ref: string): Promise<string> {
  let output: string;
  try {
    output = await git(['ls-remote', '--quiet', '--', url, ...lsRemotePatterns(ref)]);
  } catch (error) {
    throw classifyGitError(`resolving ${ref} of ${url}`, error);
  }
  const commit = pickCommit(output, ref);
  if (commit !== null) return commit;
  const advice = /^[0-9a-f]{7,39}$/.test(ref)
    ? '; an abbreviated commit cannot be looked up, give all 40 digits'
    : '';
  throw failure('SourceNotFound', `${url} has no branch or tag ${ref}${advice}`);
}

/** `read-tree -u` into an index of its own: a checkout that reads .gitattributes from the commit. */
async function checkOut(
  git: Git,
  place: { readonly gitDir: string; readonly workTree: string; readonly indexFile: string },
  url: string,
  commit: string,
): Promise<void> {
  try {
    // -v: progress, so that a long checkout does not look stalled.
    await git(['read-tree', '-v', '-m', '-u', commit], place);
  } catch (error) {
    throw classifyGitError(`checking out ${commit} of ${url}`, error);
  }
}
