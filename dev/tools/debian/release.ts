import { readFile } from 'node:fs/promises';

import type { Environment } from '../locate.ts';
import { run } from '../run.ts';
import type { AptSource } from './apt-sources.ts';
import { isDebianArchive, readAptSources } from './apt-sources.ts';

/** The Debian release that runs on this machine and its own package sources. */
export interface DebianRelease {
  /** E.g. `bookworm`. */
  readonly codename: string;
  /** dpkg's name of the architecture, e.g. `amd64`. */
  readonly architecture: string;
  /** The directory name of shared libraries, e.g. `x86_64-linux-gnu`. */
  readonly libraryTriplet: string;
  readonly sources: readonly AptSource[];
}

/** This machine has no Debian archive to take packages from; the message says why. */
export class NoDebianError extends Error {
  override readonly name = 'NoDebianError';
}

const triplets: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/** Finds out which Debian this is. Throws `NoDebianError`. */
export async function readDebianRelease(environment: Environment): Promise<DebianRelease> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1];
  if (!/^ID="?debian"?$/m.test(osRelease) || codename === undefined) {
    throw new NoDebianError('Debian packages: this machine does not run a Debian release');
  }
  let architecture: string;
  try {
    architecture = (await run('dpkg', ['--print-architecture'], { environment })).trim();
  } catch (cause) {
    throw new NoDebianError(`Debian packages: ${(cause as Error).message}`, { cause });
  }
  const libraryTriplet = triplets[architecture];
  if (libraryTriplet === undefined) {
    throw new NoDebianError(`Debian packages: ${architecture} is not one of amd64, arm64`);
  }
  const sources = (await readAptSources('/etc/apt')).filter((source) =>
    isDebianArchive(source, codename),
  );
  if (sources.length === 0) {
    throw new NoDebianError(
      `Debian packages: /etc/apt names no source of Debian's own archive for ${codename}`,
    );
  }
  return { codename, architecture, libraryTriplet, sources };
}
