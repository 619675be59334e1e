import { join } from 'node:path';

import { findPrograms, makePrograms } from './acquire-programs.ts';
import type { AcquireToolsOptions } from './acquire-tools.ts';
import { completeFromPackages, findSystemPrograms } from './debian/acquire-debian.ts';
import { withLock } from './lock.ts';
import { goParts } from './pins.ts';
import type { ServiceTools, Tools } from './tools.ts';
import { ToolsUnavailableError } from './unavailable.ts';

/** The programs of Temporal, store and registry, and those that images are made with. */
export interface AcquiredServiceTools {
  readonly tools: ServiceTools;
  /** Or why no image can be made on this machine. */
  readonly imageTools: Pick<Tools, 'busybox' | 'mmdebstrap' | 'environment'> | string;
}

const serviceParts = goParts.filter(({ name }) => ['temporal', 'minio'].includes(name));
const servicePackages = ['docker-registry', 'skopeo'];

/**
 * As `acquireTools`, without Kubernetes and what a node needs. Images can do without: builders get
 * theirs from docker.io, so a machine that isn't Debian still has an environment.
 *
 * @throws ToolsUnavailableError, ToolVariableError
 */
export async function acquireServiceTools(
  options: AcquireToolsOptions,
): Promise<AcquiredServiceTools> {
  const programOptions = {
    ...options,
    parts: serviceParts,
    modulesDirectory: import.meta.dirname,
    architecture: process.arch,
  };
  const [system, found] = await Promise.all([
    findSystemPrograms(options),
    findPrograms(programOptions),
  ]);
  const { reporter, signal } = options;
  const whileWaiting = (holder: number, wait: () => Promise<void>): Promise<void> =>
    reporter.step(`Waiting: process ${holder} is getting the same tools`, wait);
  const exclusively = <T>(work: () => Promise<T>): Promise<T> =>
    withLock(join(options.cacheDirectory, 'tools.lock'), { whileWaiting, signal }, work);

  const packages =
    (await completeFromPackages(system, options, false)) ??
    (await exclusively(() => completeFromPackages(system, options, true))) ??
    [];
  const isDebian = 'environment' in packages;
  const lacking = isDebian ? [] : packages.filter(({ pin }) => servicePackages.includes(pin.name));
  // Compiling takes minutes: not where the environment can't run anyway.
  if (lacking.length > 0) throw new ToolsUnavailableError([...lacking, ...found.missing]);
  const programs =
    found.missing.length === 0 ? found : await exclusively(() => makePrograms(programOptions));
  if (programs.missing.length > 0) throw new ToolsUnavailableError(programs.missing);

  const environment = isDebian ? packages.environment : { PATH: options.environment['PATH'] ?? '' };
  const paths = new Map([...programs.paths, ...(isDebian ? packages.paths : system.paths)]);
  const path = (name: string): string => {
    const known = paths.get(name);
    if (known === undefined) throw new Error(`no pin names the program ${name}`);
    return known;
  };
  const gitLfs = paths.get('git-lfs');
  return {
    tools: {
      temporal: path('temporal'),
      minio: path('minio'),
      registry: path('docker-registry'),
      skopeo: path('skopeo'),
      environment,
      ...(gitLfs === undefined ? {} : { gitLfs }),
    },
    imageTools: isDebian
      ? { busybox: packages.busybox, mmdebstrap: path('mmdebstrap'), environment }
      : (packages[0]?.reasons.at(-1) ?? 'Debian packages can’t be had'),
  };
}
