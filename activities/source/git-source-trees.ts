import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitSecrets } from '../support/git-secrets.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { trustedCertificates } from '../support/tls.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { createCheckOut } from './check-out.ts';
import type { Git } from './git-command.ts';
import { classifyGitError } from './git-failure.ts';
import { gitLocation } from './git-location.ts';
import { isCommit, lsRemotePatterns, pickCommit } from './git-refs.ts';
import { createWithRemote, type GitRemote } from './git-remotes.ts';
import { createGitRepositories, type RepositoryLimits } from './git-repositories.ts';
import { claimProcessDirectory } from './process-directory.ts';
import { remoteOf } from './source-credentials.ts';
import type { SourceTrees } from './source-trees.ts';
import { createTreeCache, type TreeLimits } from './tree-cache.ts';

export interface GitSourceTreesOptions {
  readonly settings: Pick<
    InstallationSettings,
    'caBundle' | 'fileRoots' | 'workDirectory' | 'proxy' | 'gitPath'
  >;
  readonly secrets: GitSecrets;
  /** Checked-out trees kept for other containers and builds; those in use are kept beyond it. */
  readonly limits?: TreeLimits;
  /** Bare repositories kept for further commits. */
  readonly repositoryLimits?: RepositoryLimits;
  /** Milliseconds without output after which git is given up. */
  readonly stallTimeout?: number;
}

const defaultLimits: TreeLimits = { count: 32, bytes: 10 * 1024 ** 3 };
const defaultRepositoryLimits: RepositoryLimits = { count: 16, bytes: 10 * 1024 ** 3 };
const defaultStallTimeout = 60_000;

/**
 * Git over https, ssh and file. One fetch per process and commit, one checked-out tree for all who
 * read it: all who name the same Secret, as it is. Submodules stay empty directories and LFS files
 * pointers unless the source asks for them.
 *
 * See `SourceTrees` for the failure types.
 */
export async function createGitSourceTrees(options: GitSourceTreesOptions): Promise<SourceTrees> {
  const { settings, secrets, limits = defaultLimits } = options;
  const { fileRoots } = settings;
  const own = await claimProcessDirectory(join(settings.workDirectory, 'sources'), ['trees']);
  const [repositories, temporary, home] = ['repositories', 'temporary', 'home'].map((name) =>
    join(own, name),
  ) as [string, string, string];
  await Promise.all([repositories, temporary, home].map((directory) => mkdir(directory)));
  // git takes one file in place of its default roots, so it holds those too.
  const caFile = join(own, 'ca.pem');
  await writeFile(caFile, trustedCertificates(settings.caBundle).join('\n'));

  const withRemote = createWithRemote(
    {
      caFile,
      home,
      path: settings.gitPath ?? [],
      proxy: settings.proxy,
      stallTimeout: options.stallTimeout ?? defaultStallTimeout,
    },
    temporary,
  );
  const checkOut = createCheckOut({
    repositories: createGitRepositories(
      repositories,
      options.repositoryLimits ?? defaultRepositoryLimits,
    ),
    withRemote,
    fileRoots,
    temporary,
  });
  const trees = createTreeCache(join(own, 'trees'), temporary, limits);

  return {
    async resolve(source) {
      const location = await gitLocation(source.git, fileRoots);
      const remote = await remoteOf(source, location, secrets);
      if (isCommit(source.ref)) return source.ref;
      return withRemote(remote, [], (git) => resolveRef(git, location.url, source.ref));
    },

    async withTree(source, use) {
      const location = await gitLocation(source.git, fileRoots);
      // Also where the tree is there already: a Secret that was taken away ends the right to read it.
      const remote = await remoteOf(source, location, secrets);
      const { commit, submodules = false, lfs = false } = source;
      if (!isCommit(commit)) {
        throw failure('SourceNotFound', `${commit} is not a full commit id of 40 hex digits`);
      }
      return trees.withTree(
        treeKey(remote, commit, { submodules, lfs }),
        async (path) => {
          await mkdir(path);
          await checkOut(remote, commit, path, { submodules, lfs });
        },
        use,
      );
    },
  };
}

/** Everything that decides what is in the tree, and who may read it. */
function treeKey(remote: GitRemote, commit: string, parts: object): string {
  const { location, credentials } = remote;
  const key = JSON.stringify([location.url, credentials?.version ?? '', parts]);
  return `${createHash('sha256').update(key).digest('hex').slice(0, 16)}-${commit}`;
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
