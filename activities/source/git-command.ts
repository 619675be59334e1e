import { simpleGit, type SimpleGit } from 'simple-git';

export interface GitOptions {
  /** PEM file with every CA that https remotes may have; null where there is no remote. */
  readonly caFile: string | null;
  /** Milliseconds without any output (progress counts) after which git is ended. */
  readonly stallTimeout: number;
}

/** Where one command works: git's own variables, because a bare repository is checked out elsewhere. */
interface GitPlace {
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly indexFile?: string;
}

/** The only way to run git here: the same environment on every machine, whoever starts the worker. */
export type Git = (arguments_: readonly string[], place?: GitPlace) => Promise<string>;

/**
 * Makes the function that runs git and returns its stdout. It rejects with simple-git's GitError,
 * whose message is what git wrote; `classifyGitError` makes a failure of it.
 */
export function createGit(options: GitOptions): Git {
  return async function git(arguments_, place = {}) {
    const variables = environment(options.caFile, place);
    return instance(variables, options.stallTimeout).raw([...arguments_]);
  };
}

function instance(variables: Record<string, string>, stallTimeout: number): SimpleGit {
  return simpleGit({
    allowEnvironment: Object.keys(variables),
    // Configuration paths: both point to /dev/null, so that no configuration but a repository's own is read.
    unsafe: { allowUnsafeConfigPaths: true },
    timeout: { block: stallTimeout },
  }).env(variables);
}

function environment(caFile: string | null, place: GitPlace): Record<string, string> {
  const { gitDir, workTree, indexFile } = place;
  return {
    // Fixed: git finds its own programs by its exec path, and needs nothing else.
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    // `git-failure.ts` reads English.
    LC_ALL: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_ALLOW_PROTOCOL: 'file:https',
    ...(caFile === null ? {} : { GIT_SSL_CAINFO: caFile }),
    ...(gitDir === undefined ? {} : { GIT_DIR: gitDir }),
    ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
  };
}
