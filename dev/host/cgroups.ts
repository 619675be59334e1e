import { join } from 'node:path';

/** One mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly mountPoint: string;
  /** The v1 controllers, `name=systemd` among them; empty for v2, whose controllers are in files. */
  readonly controllers: readonly string[];
  readonly version: 1 | 2;
}

/**
 * How this machine's cgroups are laid out.
 *
 * - `unified`: v2 alone (Debian 12 with systemd)
 * - `hybrid`: v1 controllers and a v2 hierarchy beside them
 * - `legacy`: v1 alone
 */
export type CgroupLayout =
  | { readonly kind: 'unified'; readonly hierarchies: readonly Hierarchy[] }
  | { readonly kind: 'hybrid'; readonly hierarchies: readonly Hierarchy[] }
  | { readonly kind: 'legacy'; readonly hierarchies: readonly Hierarchy[] }
  | { readonly kind: 'none'; readonly missing: string };

/**
 * Detects the layout from `/proc/self/mountinfo`.
 *
 * @returns `none` with what is missing when containers can't be limited in memory, CPU and
 *   processes here
 */
export function detectCgroups(mountInfo: string): CgroupLayout {
  const hierarchies = mountInfo
    .split('\n')
    .map(parseHierarchy)
    .filter((found) => found !== undefined)
    // The same hierarchy mounted twice (a bind mount in a container): the first is enough.
    .filter(
      (found, index, all) => index === all.findIndex((other) => isSameHierarchy(found, other)),
    );
  const first = hierarchies.filter((hierarchy) => hierarchy.version === 1);
  const second = hierarchies.filter((hierarchy) => hierarchy.version === 2);
  // systemd's own named hierarchy has no controllers: v2 beside that alone is still `unified`.
  const controllers = new Set(first.flatMap((hierarchy) => hierarchy.controllers));
  const missing = neededControllers.filter((controller) => !controllers.has(controller));
  if (missing.length === 0) return { kind: second.length > 0 ? 'hybrid' : 'legacy', hierarchies };
  if (second.length > 0 && missing.length === neededControllers.length)
    return { kind: 'unified', hierarchies: second };
  return { kind: 'none', missing: `cgroup controllers ${missing.join(', ')} are not mounted` };
}

/**
 * The directories of one top-level cgroup in every hierarchy, and the one of them in which this
 * project's own processes are placed.
 */
export function cgroupDirectories(
  hierarchies: readonly Hierarchy[],
  name: string,
): { readonly all: readonly string[]; readonly services: string } {
  const tracking =
    hierarchies.find((hierarchy) => hierarchy.controllers.includes('pids')) ??
    hierarchies.find((hierarchy) => hierarchy.version === 2) ??
    hierarchies[0];
  if (tracking === undefined) throw new Error('No cgroup hierarchy is mounted.');
  return {
    all: hierarchies.map((hierarchy) => join(hierarchy.mountPoint, name)),
    services: join(tracking.mountPoint, name, 'services'),
  };
}

const neededControllers = ['cpu', 'memory', 'pids'] as const;

/** Everything that can follow the file system type in a v1 mount and isn't a controller. */
const mountOptions = new Set([
  'rw',
  'ro',
  'xattr',
  'clone_children',
  'noprefix',
  'nsdelegate',
  'memory_recursiveprot',
  'none',
]);

function parseHierarchy(line: string): Hierarchy | undefined {
  // 35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory   (proc(5))
  const [before, after] = line.split(' - ');
  const mountPoint = before?.split(' ')[4];
  const [type, , options] = after?.split(' ') ?? [];
  if (mountPoint === undefined) return undefined;
  if (type === 'cgroup2') return { mountPoint, controllers: [], version: 2 };
  if (type !== 'cgroup') return undefined;
  const controllers = (options ?? '')
    .split(',')
    .filter((option) => !mountOptions.has(option) && !option.startsWith('release_agent='));
  return { mountPoint, controllers, version: 1 };
}

function isSameHierarchy(one: Hierarchy, other: Hierarchy): boolean {
  return one.version === other.version && one.controllers.join() === other.controllers.join();
}
