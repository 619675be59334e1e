import type { HostEntry, Journal } from '../instance/journal.ts';
import type { InstancePaths } from '../instance/paths.ts';
import type { Instance } from '../instance/record.ts';
import { makeCgroups, removeCgroups } from './cgroup-tree.ts';
import { type Iptables, applyFirewall, firewallChains, removeFirewall } from './firewall.ts';
import { enableForwarding, forwardingFiles, restoreForwarding } from './forwarding.ts';
import { makeMountNamespace, removeMountNamespace } from './mount-namespace.ts';
import { makeBridge, otherBridges, removeBridge } from './network.ts';
import type { Host } from './requirements.ts';

/** What the parts of an instance outside its home are made from. */
export interface HostParts {
  readonly instance: Instance;
  readonly paths: InstancePaths;
  readonly host: Host;
  readonly tools: Iptables;
  /** Paths that containerd and the kubelet need where they are. */
  readonly exposed: readonly string[];
}

/** The entries of everything that an instance makes outside its home, in the order of making. */
function plannedEntries(
  instance: Pick<Instance, 'bridge' | 'chainPrefix' | 'cgroup'>,
  paths: InstancePaths,
): readonly HostEntry[] {
  return [
    { kind: 'bridge', name: instance.bridge },
    { kind: 'firewall', chainPrefix: instance.chainPrefix },
    { kind: 'forwarding' },
    { kind: 'cgroup', name: instance.cgroup },
    { kind: 'mount-namespace', path: paths.mountNamespace },
  ];
}

/** Makes what is missing, each after its entry in the journal. */
export async function makeHostParts(parts: HostParts, journal: Journal): Promise<void> {
  for (const entry of plannedEntries(parts.instance, parts.paths)) {
    await journal.add(entry);
    await make(entry, parts);
  }
}

/** Undoes one entry; what was never made or is gone already is fine. */
export async function undo(entry: HostEntry, parts: Omit<HostParts, 'exposed'>): Promise<void> {
  switch (entry.kind) {
    case 'bridge':
      return removeBridge(entry.name);
    case 'firewall':
      return removeFirewall(
        parts.tools,
        firewallChains({ ...parts.instance, chainPrefix: entry.chainPrefix }),
      );
    case 'forwarding':
      return restoreForwarding(
        forwardingFiles,
        (await otherBridges(parts.instance.bridge)).length === 0,
      );
    case 'cgroup':
      return removeCgroups(parts.host.hierarchies, entry.name);
    case 'mount-namespace':
      return removeMountNamespace(parts.paths);
    default:
      return assertNever(entry);
  }
}

async function make(entry: HostEntry, parts: HostParts): Promise<void> {
  switch (entry.kind) {
    case 'bridge':
      return makeBridge(parts.instance);
    case 'firewall':
      return applyFirewall(parts.tools, firewallChains(parts.instance));
    case 'forwarding':
      return enableForwarding(forwardingFiles);
    case 'cgroup':
      return makeCgroups(parts.host.hierarchies, entry.name);
    case 'mount-namespace':
      return makeMountNamespace(parts.paths, parts.exposed);
    default:
      return assertNever(entry);
  }
}

function assertNever(entry: never): never {
  throw new Error(`Unknown journal entry: ${JSON.stringify(entry)}`);
}
