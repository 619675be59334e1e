import { access, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import type { Reporter } from '../../reporter.ts';
import { contentKey } from '../cache-key.ts';
import type { Environment } from '../locate.ts';
import { judgeVersion } from '../locate.ts';
import { run } from '../run.ts';
import { withTemporaryDirectory } from '../temporary.ts';
import { cniPlugins, debianPackages, debianPrograms, staticBusybox } from './pins.ts';
import type { DebianRelease } from './release.ts';
import { unpackPackages } from './unpack.ts';

export interface TreeOptions {
  readonly cacheDirectory: string;
  readonly environment: Environment;
  readonly release: DebianRelease;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacked packages, all of whose programs run on this machine. */
export interface PackageTree {
  readonly root: string;
  /** Variables that programs of the tree need. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The tree in the cache, or undefined where there is none or the system has changed under it. */
export async function cachedTree(options: TreeOptions): Promise<PackageTree | undefined> {
  const root = join(treeDirectory(options), 'root');
  try {
    await access(root);
  } catch {
    return undefined;
  }
  const tree = { root, environment: treeEnvironment(root, options) };
  return (await treeFaults(tree)).length === 0 ? tree : undefined;
}

/** Downloads and unpacks the packages, and tries each program. Throws where one doesn't run. */
export async function makeTree(options: TreeOptions): Promise<PackageTree> {
  const { environment, release, reporter, signal } = options;
  const directory = treeDirectory(options);
  const parent = dirname(directory);
  await reporter.step(`Unpacking Debian packages (${release.codename})`, (note) =>
    withTemporaryDirectory(parent, '.unpacking-', async (temporary) => {
      await unpackPackages(debianPackages, temporary, { release, environment, note, signal });
      const root = join(temporary, 'root');
      note('trying each program');
      await linkIptables(root, treeEnvironment(root, options));
      const faults = await treeFaults({ root, environment: treeEnvironment(root, options) });
      if (faults.length > 0) throw new Error(`unpacked programs: ${faults.join('; ')}`);
      await rm(join(temporary, 'apt'), { recursive: true });
      await rm(directory, { recursive: true, force: true });
      await rename(temporary, directory);
    }),
  );
  const root = join(directory, 'root');
  return { root, environment: treeEnvironment(root, options) };
}

/** Where the tree is, or will be. */
export function treeDirectory({ cacheDirectory, release }: TreeOptions): string {
  const { codename, architecture } = release;
  const key = contentKey({ layout: 1, packages: debianPackages, codename, architecture });
  return join(cacheDirectory, 'debian', `${codename}-${key}`);
}

function treeEnvironment(root: string, options: TreeOptions): Readonly<Record<string, string>> {
  const libraries = join(root, 'usr', 'lib', options.release.libraryTriplet);
  const path = ['slipway/bin', 'usr/bin', 'usr/sbin'].map((each) => join(root, each));
  return {
    PATH: [...path, options.environment['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter),
    // Only libraries that the system doesn't have were unpacked, so its own programs see no others.
    LD_LIBRARY_PATH: [libraries, join(root, 'lib', options.release.libraryTriplet)].join(delimiter),
    XTABLES_LIBDIR: join(libraries, 'xtables'),
  };
}

/** What does not run, or is not there. */
async function treeFaults(tree: PackageTree): Promise<readonly string[]> {
  const judged = await Promise.all(
    debianPrograms.map(async (pin) => {
      const located = await judgeVersion(pin, join(tree.root, pin.path), tree.environment);
      return located.found ? [] : located.reasons;
    }),
  );
  const files = [
    join(tree.root, staticBusybox.path),
    ...cniPlugins.required.map((name) => join(tree.root, cniPlugins.path, name)),
  ];
  const present = await Promise.all(
    files.map((path) =>
      access(path).then(
        () => [],
        () => [`${path} is not there`],
      ),
    ),
  );
  return [...judged, ...present].flat();
}

/**
 * On a system the package's set-up script chooses what `iptables` is; here it is the variant that
 * answers, nftables first: asking the legacy one makes the kernel load its modules.
 */
async function linkIptables(
  root: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const nft = join(root, 'usr', 'sbin', 'xtables-nft-multi');
  const answers = await run(nft, ['iptables', '-t', 'nat', '-S'], { environment }).then(
    () => true,
    () => false,
  );
  const variant = answers ? 'xtables-nft-multi' : 'xtables-legacy-multi';
  await mkdir(join(root, 'slipway', 'bin'), { recursive: true });
  for (const name of ['iptables', 'ip6tables'].flatMap((each) => [
    each,
    `${each}-save`,
    `${each}-restore`,
  ])) {
    await symlink(join('..', '..', 'usr', 'sbin', variant), join(root, 'slipway', 'bin', name));
  }
}
