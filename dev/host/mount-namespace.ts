import { mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { readIfExists, writeFileAtomically } from '../files.ts';
import type { InstancePaths } from '../instance/paths.ts';
import { type Mount, mountsUnder, parseMountInfo, unmount } from './mounts.ts';
import { run } from './run.ts';

/**
 * containerd and the kubelet run in a mount namespace of the instance's own, where /run, /var/lib
 * and /var/log are directories of its home. Some of their paths can't be configured (the kubelet's
 * device plugin socket, containerd's shim sockets, CNI's result cache, /var/log/containers): there
 * they can't meet those of the system's own containerd or kubelet. Their mounts stay in it, too, so
 * that all of them vanish with the namespace, however it ends.
 *
 * @param exposed paths that must keep their place where one of the three directories hides them
 */
export async function makeMountNamespace(
  paths: InstancePaths,
  exposed: readonly string[],
): Promise<void> {
  if (await hasMountNamespace(paths)) return;
  await removeMountNamespace(paths);
  await rm(paths.node.run, { recursive: true, force: true });
  // IP addresses of Pods whose network namespaces died with the last mount namespace.
  await rm(join(paths.node.lib, 'cni'), { recursive: true, force: true });
  for (const directory of [paths.namespaces, ...Object.values(paths.node)])
    await mkdir(directory, { recursive: true });
  await copyResolverFile(paths.node.run);

  // A namespace file can't be bound where mounts are propagated, as they are below / under systemd.
  await run('mount', ['--bind', paths.namespaces, paths.namespaces]);
  await run('mount', ['--make-private', paths.namespaces]);
  await writeFile(paths.mountNamespace, '');
  await run('unshare', [`--mount=${paths.mountNamespace}`, '--propagation', 'slave', 'true']);

  const replaced = [
    { at: '/run', by: paths.node.run },
    { at: '/var/lib', by: paths.node.lib },
    { at: '/var/log', by: paths.node.log },
  ];
  for (const path of exposed) {
    const hidden = replaced.find(({ at }) => path === at || path.startsWith(`${at}/`));
    if (hidden === undefined) continue;
    const place = join(hidden.by, relative(hidden.at, path));
    await mkdir(place, { recursive: true });
    await inside(paths, ['mount', '--bind', path, place]);
  }
  // Shared within the namespace: the kubelet's mounts have to reach its containers.
  await inside(paths, ['mount', '--make-rshared', '/']);
  for (const { at, by } of replaced) await inside(paths, ['mount', '--rbind', by, at]);
  await writeFileAtomically(completeMarker(paths), await mountIdentity(paths));
}

/** Lets go of the namespace; its mounts go when its last process does. */
export async function removeMountNamespace(paths: InstancePaths): Promise<void> {
  const mounts = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
  for (const { mountPoint } of ownMounts(mounts, paths)) await unmount(mountPoint);
  await rm(completeMarker(paths), { force: true });
}

/**
 * An instance's mounts, the latest first. The home may be a mount point itself, or its data be on
 * another disk: those mounts are their owner's.
 */
export function ownMounts(
  mounts: readonly Mount[],
  paths: Pick<InstancePaths, 'namespaces' | 'node'>,
): readonly Mount[] {
  return [...Object.values(paths.node), paths.namespaces].flatMap((path) =>
    mountsUnder(mounts, path),
  );
}

/** The command that runs another one inside; `nsenter` replaces itself, so the pid is the command's. */
export function insideCommand(paths: InstancePaths): readonly string[] {
  return ['nsenter', `--mount=${paths.mountNamespace}`, '--'];
}

async function inside(paths: InstancePaths, command: readonly string[]): Promise<void> {
  const [program = '', ...args] = [...insideCommand(paths), ...command];
  await run(program, args);
}

/** Outside the bind mount, so that it outlives an unmounted namespace and is compared with it. */
function completeMarker(paths: InstancePaths): string {
  return join(paths.config, 'mount-namespace');
}

/** Whether the namespace is there and has all of its mounts. */
export async function hasMountNamespace(paths: InstancePaths): Promise<boolean> {
  const marker = await readIfExists(completeMarker(paths));
  return marker !== undefined && marker === (await mountIdentity(paths));
}

/** The namespace's inode while it is mounted, with the boot: inodes start over after each. */
async function mountIdentity(paths: InstancePaths): Promise<string> {
  const mounts = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
  const isMounted = mounts.some(
    (mount) => mount.mountPoint === paths.mountNamespace && mount.type === 'nsfs',
  );
  if (!isMounted) return 'absent';
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return `${boot} ${(await stat(paths.mountNamespace)).ino}`;
}

/** /etc/resolv.conf is a link into /run under systemd-resolved; it must lead somewhere inside, too. */
async function copyResolverFile(nodeRun: string): Promise<void> {
  const target = await realpath('/etc/resolv.conf').catch(() => undefined);
  if (target === undefined || !target.startsWith('/run/')) return;
  const copy = join(nodeRun, relative('/run', target));
  await mkdir(dirname(copy), { recursive: true });
  await writeFile(copy, await readFile(target, 'utf8'));
}
