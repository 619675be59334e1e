import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

import { KubeConfig } from '@kubernetes/client-node';

import { isMissing } from '../files.ts';
import { ClusterUnusable } from './cluster-unusable.ts';

/** A context of the user's kubeconfig. */
export interface KubeContext {
  readonly name: string;
  /** The one file that has the context, its cluster and its user. */
  readonly file: string;
  /** URL of the API server. */
  readonly server: string;
  /** With the context as its current one. */
  readonly config: KubeConfig;
}

/**
 * Finds a context in the files that kubectl would read.
 *
 * @param environment the person's: KUBECONFIG and HOME
 * @throws ClusterUnusable when no file has it, or it can't be used from one file alone
 */
export async function findContext(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): Promise<KubeContext> {
  const files = kubeconfigFiles(environment);
  const known = new Set<string>();
  for (const file of files) {
    const config = await readKubeconfig(file);
    if (config === undefined) continue;
    for (const context of config.getContexts()) known.add(context.name);
    if (config.getContextObject(name) === null) continue;
    config.setCurrentContext(name);
    const cluster = config.getCurrentCluster();
    if (cluster === null || config.getCurrentUser() === null) {
      throw new ClusterUnusable(
        `The context ${name} in ${file} names a cluster or user that isn't in that file, and the worker reads one file. ` +
          `Put it into one: kubectl config view --flatten --minify --context ${name} > FILE, and set KUBECONFIG=FILE.`,
      );
    }
    return { name, file, server: cluster.server, config };
  }
  const place = files.join(', ');
  throw new ClusterUnusable(
    known.size === 0
      ? `There is no context ${name}: no kubeconfig with contexts at ${place}. KUBECONFIG names another file.`
      : `There is no context ${name} in ${place}. There are: ${[...known].toSorted().join(', ')}.`,
  );
}

function kubeconfigFiles(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const named = (environment['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  if (named.length > 0) return named.map((file) => resolve(file));
  return [join(environment['HOME'] ?? homedir(), '.kube', 'config')];
}

/** Undefined where there is no such file, as kubectl passes over it. */
async function readKubeconfig(file: string): Promise<KubeConfig | undefined> {
  const config = new KubeConfig();
  try {
    config.loadFromString(await readFile(file, 'utf8'));
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new ClusterUnusable(`${file} can't be read as a kubeconfig.`, { cause });
  }
  // Certificates and plug-ins are named relative to the file.
  config.makePathsAbsolute(dirname(file));
  return config;
}
