import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createGitSourceTrees,
  type GitSourceTreesOptions,
} from '../../activities/source/git-source-trees.ts';
import type { SourceTrees } from '../../activities/source/source-trees.ts';
import type { GitCredentials, GitSecrets } from '../../activities/support/git-secrets.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Secrets of a test, each for one host; changing the map changes what is read next. */
type PlantedSecrets = Map<string, { readonly host: string } & GitCredentials>;

/** As the Kubernetes adapter answers, without a cluster. */
function plantedGitSecrets(planted: PlantedSecrets): GitSecrets {
  return {
    gitCredentials(name, host) {
      const secret = planted.get(name);
      return secret?.host === host
        ? Promise.resolve(secret)
        : Promise.reject(failure('SecretNotFound', `there is no Secret ${name} for ${host}`));
    },
  };
}

export interface TestTrees {
  readonly trees: SourceTrees;
  readonly workDirectory: string;
  readonly secrets: PlantedSecrets;
}

/** The real adapter in a directory of the test's own. */
export async function testTrees(
  options: Partial<GitSourceTreesOptions['settings']> &
    Omit<Partial<GitSourceTreesOptions>, 'settings' | 'secrets'> & {
      readonly secrets?: Readonly<Record<string, { readonly host: string } & GitCredentials>>;
    } = {},
): Promise<TestTrees> {
  const { secrets = {}, limits, repositoryLimits, stallTimeout = 20_000, ...settings } = options;
  const planted: PlantedSecrets = new Map(Object.entries(secrets));
  const workDirectory = settings.workDirectory ?? (await temporaryDirectory());
  const trees = await createGitSourceTrees({
    settings: { caBundle: null, fileRoots: [], ...settings, workDirectory },
    secrets: plantedGitSecrets(planted),
    stallTimeout,
    ...(limits === undefined ? {} : { limits }),
    ...(repositoryLimits === undefined ? {} : { repositoryLimits }),
  });
  return { trees, workDirectory, secrets: planted };
}

/** A user's password or token, for one server. */
export function passwordFor(
  url: string,
  login: { readonly username: string; readonly password: string },
  version = '1',
): { readonly host: string } & GitCredentials {
  return { host: new URL(url).host, kind: 'password', ...login, version };
}

/** Reads one file of a tree. */
export function reading(name: string): (directory: string) => Promise<string> {
  return (directory) => readFile(join(directory, name), 'utf8');
}
