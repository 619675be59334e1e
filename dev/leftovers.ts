import { readFile } from 'node:fs/promises';

import { existingCgroups, processesIn } from './host/cgroup-tree.ts';
import { type Iptables, existingChains, firewallChains } from './host/firewall.ts';
import { forwardingFiles } from './host/forwarding.ts';
import { ownMounts } from './host/mount-namespace.ts';
import { parseMountInfo } from './host/mounts.ts';
import { instancePaths } from './instance/paths.ts';
import { interfacesOf, otherBridges } from './host/network.ts';
import type { Hierarchy } from './host/cgroups.ts';
import { readIfExists } from './files.ts';
import { markedProcesses } from './process/marked.ts';
import type { Identity } from './instance/identity.ts';

export interface LeftoverOptions {
  readonly identity: Identity;
  /** The real path of the instance's home. */
  readonly home: string;
  readonly hierarchies: readonly Hierarchy[];
  /** Without it, firewall chains are not looked for. */
  readonly tools: Iptables | undefined;
}

/**
 * Everything on this machine that belongs to an instance and must not be there when it is down:
 * processes, mounts (the network namespaces are among them), interfaces, firewall chains, cgroups, a
 * changed ip_forward. One line for each, for people; empty when there is nothing.
 */
export async function leftovers({
  identity,
  home,
  hierarchies,
  tools,
}: LeftoverOptions): Promise<readonly string[]> {
  const chains = firewallChains({ ...identity, subnet: { cidr: '', gateway: '', loopback: '' } });
  const [marked, inCgroups, mountInfo, interfaces, cgroups, forwarding, others] = await Promise.all(
    [
      markedProcesses(identity.name),
      processesIn(hierarchies, identity.cgroup),
      readFile('/proc/self/mountinfo', 'utf8'),
      interfacesOf(identity.bridge),
      existingCgroups(hierarchies, identity.cgroup),
      readIfExists(forwardingFiles.before),
      otherBridges(identity.bridge),
    ],
  );
  const pids = new Set([...marked.map((found) => found.identity.pid), ...inCgroups]);
  return [
    ...[...pids].map((pid) => `process ${pid}`),
    ...ownMounts(parseMountInfo(mountInfo), instancePaths(home)).map(
      ({ mountPoint }) => `mount ${mountPoint}`,
    ),
    ...interfaces.map((name) => `interface ${name}`),
    ...(tools === undefined ? [] : await existingChains(tools, chains)).map(
      (name) => `firewall chain ${name}`,
    ),
    ...cgroups.map((directory) => `cgroup ${directory}`),
    ...(forwarding !== undefined && others.length === 0
      ? [`${forwardingFiles.sysctl} was ${forwarding} before`]
      : []),
  ];
}
