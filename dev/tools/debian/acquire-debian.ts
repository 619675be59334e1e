import { dirname, join } from 'node:path';

import type { Environment } from '../locate.ts';
import { isExecutable, locateOnSystem, ToolVariableError } from '../locate.ts';
import type { Reporter } from '../../reporter.ts';
import type { MissingProgram } from '../unavailable.ts';
import { cniPlugins, debianPrograms, staticBusybox } from './pins.ts';
import { NoDebianError, readDebianRelease } from './release.ts';
import type { PackageTree, TreeOptions } from './tree.ts';
import { cachedTree, makeTree, treeDirectory } from './tree.ts';

export interface AcquireDebianOptions {
  readonly cacheDirectory: string;
  readonly environment: Environment;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** What was found on the system, and what only Debian's packages can give. */
export interface SystemPrograms {
  readonly paths: ReadonlyMap<string, string>;
  readonly cniPluginDirectory: string | undefined;
  readonly busybox: string | undefined;
  readonly wanted: readonly MissingProgram[];
}

export interface DebianTools {
  readonly paths: ReadonlyMap<string, string>;
  readonly cniPluginDirectory: string;
  readonly busybox: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The usual places of CNI plugins: upstream's, then Debian's. */
const cniDirectories = ['/opt/cni/bin', '/usr/lib/cni'];

/** Looks for each program by its variable and on PATH. Throws `ToolVariableError`. */
export async function findSystemPrograms(options: AcquireDebianOptions): Promise<SystemPrograms> {
  const { environment, reporter } = options;
  const paths = new Map<string, string>();
  const wanted: MissingProgram[] = [];
  for (const pin of debianPrograms) {
    const located = await locateOnSystem(pin, environment, reporter);
    if (located.found) paths.set(pin.name, located.path);
    else wanted.push({ pin, reasons: located.reasons, waysOut: [] });
  }
  return {
    paths,
    wanted,
    cniPluginDirectory: await findCniPlugins(environment),
    busybox: await findStaticBusybox(environment),
  };
}

/**
 * Completes what was found with unpacked packages: from the cache, or with `make` downloaded.
 * Returns undefined where that would be needed and `make` is false. What can't be had is returned
 * as a list.
 */
export async function completeFromPackages(
  found: SystemPrograms,
  options: AcquireDebianOptions,
  make: boolean,
): Promise<DebianTools | readonly MissingProgram[] | undefined> {
  const { cniPluginDirectory, busybox, paths, wanted } = found;
  if (wanted.length === 0 && cniPluginDirectory !== undefined && busybox !== undefined) {
    return {
      paths,
      cniPluginDirectory,
      busybox,
      environment: { PATH: searchPath(found, options) },
    };
  }
  let treeOptions: TreeOptions | undefined;
  try {
    treeOptions = { ...options, release: await readDebianRelease(options.environment) };
    const tree =
      (await cachedTree(treeOptions)) ?? (make ? await makeTree(treeOptions) : undefined);
    return tree === undefined ? undefined : fromTree(found, tree, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const without = withoutOptional(found, options);
    if (without !== undefined) return without;
    const reason = error instanceof NoDebianError ? error.message : String(error);
    const waysOut = [
      ...(treeOptions === undefined
        ? []
        : [`copy ${treeDirectory(treeOptions)} from a machine with the same Debian release`]),
      "let apt-get reach Debian's archive on a Debian 12 machine",
    ];
    return [...wanted.filter(isRequired), ...missingDirectories(found)].map((program) => ({
      ...program,
      reasons: [...program.reasons, reason],
      waysOut,
    }));
  }
}

/** What the system has, where nothing is wanting but what the environment does without. */
function withoutOptional(
  found: SystemPrograms,
  options: AcquireDebianOptions,
): DebianTools | undefined {
  const { cniPluginDirectory, busybox, paths, wanted } = found;
  if (cniPluginDirectory === undefined || busybox === undefined) return undefined;
  if (wanted.some(isRequired)) return undefined;
  return { paths, cniPluginDirectory, busybox, environment: { PATH: searchPath(found, options) } };
}

function isRequired({ pin }: MissingProgram): boolean {
  return !debianPrograms.some(({ name, optional }) => name === pin.name && optional === true);
}

function fromTree(
  found: SystemPrograms,
  tree: PackageTree,
  options: AcquireDebianOptions,
): DebianTools {
  const paths = new Map(found.paths);
  for (const pin of debianPrograms) {
    if (!paths.has(pin.name)) paths.set(pin.name, join(tree.root, pin.path));
  }
  const environment = { ...options.environment, PATH: tree.environment['PATH'] };
  return {
    paths,
    cniPluginDirectory: found.cniPluginDirectory ?? join(tree.root, cniPlugins.path),
    busybox: found.busybox ?? join(tree.root, staticBusybox.path),
    environment: { ...tree.environment, PATH: searchPath(found, { environment }) },
  };
}

/** CNI plugins look for iptables on PATH, containerd for its shim: beside the chosen ones first. */
function searchPath(
  found: SystemPrograms,
  { environment }: Pick<AcquireDebianOptions, 'environment'>,
): string {
  const chosen = ['iptables', 'runc', 'containerd'].flatMap((name) => found.paths.get(name) ?? []);
  return [...new Set([...chosen.map((path) => dirname(path)), environment['PATH'] ?? ''])].join(
    ':',
  );
}

async function findCniPlugins(environment: Environment): Promise<string | undefined> {
  const named = environment[cniPlugins.variable];
  for (const directory of named ? [named] : cniDirectories) {
    const plugins = cniPlugins.required.map((name) => isExecutable(join(directory, name)));
    if ((await Promise.all(plugins)).every(Boolean)) return directory;
  }
  if (!named) return undefined;
  throw new ToolVariableError(
    `${cniPlugins.variable}=${named} does not hold all of ${cniPlugins.required.join(', ')}. ` +
      'Name a directory with the CNI plugins, or unset the variable.',
  );
}

async function findStaticBusybox(environment: Environment): Promise<string | undefined> {
  const named = environment[staticBusybox.variable];
  if (!named || (await isExecutable(named))) return named || undefined;
  throw new ToolVariableError(
    `${staticBusybox.variable}=${named} is not an executable file. ` +
      'Name a statically linked busybox, or unset the variable.',
  );
}

function missingDirectories(found: SystemPrograms): readonly MissingProgram[] {
  const entry = (name: string, variable: string): MissingProgram => ({
    pin: { name, variable },
    reasons: ['not on this machine'],
    waysOut: [],
  });
  return [
    ...(found.cniPluginDirectory === undefined ? [entry('CNI plugins', cniPlugins.variable)] : []),
    ...(found.busybox === undefined ? [entry('static busybox', staticBusybox.variable)] : []),
  ];
}
