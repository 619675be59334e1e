import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { isMissing, readIfExists } from '../files.ts';
import { type Hierarchy, cgroupDirectories } from './cgroups.ts';

/**
 * Makes an instance's cgroup in every hierarchy, as the kubelet's `cgroupRoot` must exist before it
 * starts, and the cgroup for the instance's own processes.
 */
export async function makeCgroups(hierarchies: readonly Hierarchy[], name: string): Promise<void> {
  for (const hierarchy of hierarchies) {
    if (hierarchy.version === 2) await delegateControllers(hierarchy.mountPoint);
    const directory = join(hierarchy.mountPoint, name);
    await mkdir(directory, { recursive: true });
    if (hierarchy.version === 2) await delegateControllers(directory);
    // A new v1 cpuset is empty, and nothing can run in an empty one.
    if (hierarchy.controllers.includes('cpuset'))
      await inheritCpuset(hierarchy.mountPoint, directory);
  }
  await mkdir(cgroupDirectories(hierarchies, name).services, { recursive: true });
}

/** Moves a process into the cgroup of the instance's services; what it forks later follows it. */
export async function joinServices(
  hierarchies: readonly Hierarchy[],
  name: string,
  pid: number,
): Promise<void> {
  await writeFile(join(cgroupDirectories(hierarchies, name).services, 'cgroup.procs'), String(pid));
}

/** Processes anywhere below an instance's cgroups, in every hierarchy. */
export async function processesIn(
  hierarchies: readonly Hierarchy[],
  name: string,
): Promise<ReadonlySet<number>> {
  const pids = new Set<number>();
  for (const directory of await existingCgroups(hierarchies, name)) {
    const text = (await readIfGone(join(directory, 'cgroup.procs'))) ?? '';
    for (const line of text.split('\n')) {
      // 0 stands for a process of another PID namespace, which can't be signalled from here.
      if (line !== '' && line !== '0') pids.add(Number(line));
    }
  }
  return pids;
}

/** An instance's cgroups that exist, children before their parents. */
export async function existingCgroups(
  hierarchies: readonly Hierarchy[],
  name: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  async function collect(directory: string): Promise<void> {
    const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (entries === undefined) return;
    for (const entry of entries)
      if (entry.isDirectory()) await collect(join(directory, entry.name));
    found.push(directory);
  }
  for (const directory of cgroupDirectories(hierarchies, name).all) await collect(directory);
  return found;
}

/**
 * Removes an instance's cgroups. A cgroup stays busy for a moment after its last process ended.
 *
 * @throws Error naming the cgroup that could not be removed within 5 s
 */
export async function removeCgroups(
  hierarchies: readonly Hierarchy[],
  name: string,
): Promise<void> {
  const deadline = Date.now() + 5000;
  for (const directory of await existingCgroups(hierarchies, name)) {
    for (;;) {
      const failure = await rmdir(directory).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined || isMissing(failure)) break;
      if (Date.now() > deadline)
        throw new Error(`The cgroup ${directory} can't be removed.`, { cause: failure });
      await delay(20);
    }
  }
}

async function delegateControllers(directory: string): Promise<void> {
  const available = (await readFile(join(directory, 'cgroup.controllers'), 'utf8'))
    .trim()
    .split(/\s+/);
  const file = join(directory, 'cgroup.subtree_control');
  const enabled = new Set((await readFile(file, 'utf8')).trim().split(/\s+/));
  const missing = available.filter((controller) => controller !== '' && !enabled.has(controller));
  if (missing.length === 0) return;
  try {
    await writeFile(file, missing.map((controller) => `+${controller}`).join(' '));
  } catch (cause) {
    throw new Error(
      `The cgroup controllers ${missing.join(', ')} can't be enabled in ${directory}: ` +
        'in a container, its own processes must first be moved out of the root cgroup.',
      { cause },
    );
  }
}

async function inheritCpuset(parent: string, child: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const current = await readFile(join(child, file), 'utf8');
    if (current.trim() === '')
      await writeFile(join(child, file), await readFile(join(parent, file), 'utf8'));
  }
}

/** Reading a cgroup that is being removed fails with ENODEV rather than ENOENT. */
async function readIfGone(path: string): Promise<string | undefined> {
  return readIfExists(path).catch((error: unknown) => {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENODEV' || error.code === 'EOPNOTSUPP')
    )
      return undefined;
    throw error;
  });
}
