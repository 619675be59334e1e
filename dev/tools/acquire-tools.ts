import { join } from 'node:path';

import type { Reporter } from '../reporter.ts';
import { findPrograms, makePrograms } from './acquire-programs.ts';
import type { DebianTools } from './debian/acquire-debian.ts';
import { completeFromPackages, findSystemPrograms } from './debian/acquire-debian.ts';
import { goUnavailable } from './go-build.ts';
import type { Environment } from './locate.ts';
import { withLock } from './lock.ts';
import { goParts } from './pins.ts';
import type { Tools } from './tools.ts';
import type { MissingProgram } from './unavailable.ts';
import { ToolsUnavailableError } from './unavailable.ts';

export interface AcquireToolsOptions {
  /** Kept between runs; everything in it can be made again. */
  readonly cacheDirectory: string;
  /** The person's environment: PATH, the `SLIPWAY_…_BINARY` variables, Go's and proxy settings. */
  readonly environment: Environment;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds or makes everything that the local environment runs. Where all is there already, nothing
 * is written and no lock is taken. Throws `ToolsUnavailableError` with all that can't be had, and
 * `ToolVariableError` for a variable that names nothing usable.
 */
export async function acquireTools(options: AcquireToolsOptions): Promise<Tools> {
  const programOptions = {
    ...options,
    parts: goParts,
    modulesDirectory: import.meta.dirname,
    architecture: process.arch,
  };
  const [system, programs] = await Promise.all([
    findSystemPrograms(options),
    findPrograms(programOptions),
  ]);
  const ready = await completeFromPackages(system, options, false);
  if (programs.missing.length === 0 && isComplete(ready)) return asTools(ready, programs.paths);

  const { reporter, signal } = options;
  const whileWaiting = (holder: number, wait: () => Promise<void>): Promise<void> =>
    reporter.step(`Waiting: process ${holder} is getting the same tools`, wait);
  const lock = join(options.cacheDirectory, 'tools.lock');
  return withLock(lock, { whileWaiting, signal }, async () => {
    const packages = await completeFromPackages(system, options, true);
    const unpackable = isComplete(packages) ? [] : (packages ?? []);
    // With a working compiler, ten minutes would go by before the bad news.
    if (unpackable.length > 0 && (await canCompile(options))) {
      throw new ToolsUnavailableError(unpackable);
    }
    // What was found on the system has been reported; the second look is only for the cache.
    const quiet: Reporter = {
      info: () => {},
      warn: (message) => reporter.warn(message),
      step: (title, work) => reporter.step(title, work),
    };
    const made = await makePrograms({ ...programOptions, reporter: quiet });
    const missing = [...unpackable, ...made.missing];
    if (!isComplete(packages) || missing.length > 0) throw new ToolsUnavailableError(missing);
    return asTools(packages, made.paths);
  });
}

async function canCompile({ environment, signal }: AcquireToolsOptions): Promise<boolean> {
  const module = join(import.meta.dirname, goParts[0]?.name ?? '');
  return (await goUnavailable(module, environment, signal)) === undefined;
}

function isComplete(
  result: DebianTools | readonly MissingProgram[] | undefined,
): result is DebianTools {
  return result !== undefined && 'environment' in result;
}

function asTools(debian: DebianTools, programs: ReadonlyMap<string, string>): Tools {
  const path = (name: string): string => {
    const found = programs.get(name) ?? debian.paths.get(name);
    if (found === undefined) throw new Error(`no pin names the program ${name}`);
    return found;
  };
  const gitLfs = debian.paths.get('git-lfs');
  return {
    temporal: path('temporal'),
    etcd: path('etcd'),
    kubeApiserver: path('kube-apiserver'),
    kubeControllerManager: path('kube-controller-manager'),
    kubeScheduler: path('kube-scheduler'),
    kubelet: path('kubelet'),
    minio: path('minio'),
    registry: path('docker-registry'),
    containerd: path('containerd'),
    ctr: path('ctr'),
    runc: path('runc'),
    iptables: path('iptables'),
    skopeo: path('skopeo'),
    mmdebstrap: path('mmdebstrap'),
    busybox: debian.busybox,
    cniPluginDirectory: debian.cniPluginDirectory,
    environment: debian.environment,
    ...(gitLfs === undefined ? {} : { gitLfs }),
  };
}
