import { usedNetworks } from '../host/network.ts';
import { isAlive } from '../process/identity.ts';
import { readRecords } from '../process/records.ts';
import { hostOf } from '../components/setting.ts';
import type { Reporter } from '../reporter.ts';
import { deriveIdentity } from './identity.ts';
import type { InstancePaths } from './paths.ts';
import { canListen, choosePorts, type PortName, portNames, standardPorts } from './ports.ts';
import { type Instance, readInstance, writeInstance } from './record.ts';
import { type Subnet, chooseSubnet, overlaps, parseNetwork } from './subnet.ts';

/**
 * The recorded instance of this home, or a new one with a subnet that nothing here uses.
 *
 * The recorded subnet is kept as long as the machine has no other network of at least its size
 * there, because the addresses are part of every image's name.
 */
export async function ensureInstance(paths: InstancePaths, reporter: Reporter): Promise<Instance> {
  const recorded = await readInstance(paths);
  const identity = deriveIdentity(paths.home);
  const used = await usedNetworks(identity.bridge);
  const own = recorded === undefined ? undefined : parseNetwork(recorded.subnet.cidr);
  const isFree =
    own?.prefix === 24 && !used.some((network) => network.prefix >= 16 && overlaps(network, own));
  if (recorded !== undefined && isFree) return recorded;
  const subnet = chooseSubnet(identity.id, used);
  if (own?.prefix === 24) {
    reporter.warn(
      `The network ${recorded?.subnet.cidr} is in use by something else now; this instance moves to ${subnet.cidr}. ` +
        'Images keep their digests and get new names.',
    );
  }
  return writeNew(paths, subnet, recorded);
}

/** The instance of this home for a cluster of the user's, whose Pods get the given address. */
export async function ensureInstanceAt(paths: InstancePaths, address: string): Promise<Instance> {
  const subnet = { cidr: `${address}/32`, gateway: address, loopback: '127.0.0.1' };
  return writeNew(paths, subnet, await readInstance(paths));
}

async function writeNew(
  paths: InstancePaths,
  subnet: Subnet,
  recorded: Instance | undefined,
): Promise<Instance> {
  const ports = recorded?.ports ?? standardPorts;
  const instance = { ...deriveIdentity(paths.home), home: paths.home, subnet, ports };
  await writeInstance(paths, instance);
  return instance;
}

/**
 * Replaces ports that others have taken; needs the bridge, as only own addresses can be tried.
 *
 * @param wanted the ports that matter; all of them by default
 */
export async function ensurePorts(
  paths: InstancePaths,
  instance: Instance,
  reporter: Reporter,
  wanted: readonly PortName[] = portNames,
): Promise<Instance> {
  const running = new Set<string>();
  for (const record of await readRecords(paths.processes))
    if (await isAlive(record.identity)) running.add(record.name);
  const held = new Set(
    portNames.filter((name) => !wanted.includes(name) || running.has(portOwners[name])),
  );
  const ports = await choosePorts(instance.ports, held, (name, port) =>
    canListen(hostOf(instance, name), port),
  );
  const moved = portNames.filter((name) => ports[name] !== instance.ports[name]);
  if (moved.length === 0) return instance;
  for (const name of moved)
    reporter.warn(
      `Port ${instance.ports[name]} is taken; ${portOwners[name]} uses ${ports[name]}.`,
    );
  const next = { ...instance, ports };
  await writeInstance(paths, next);
  return next;
}

/** The component that listens on each port. */
const portOwners: Readonly<Record<PortName, string>> = {
  registry: 'registry',
  store: 'minio',
  apiServer: 'kube-apiserver',
  etcdClient: 'etcd',
  etcdPeer: 'etcd',
  controllerManager: 'kube-controller-manager',
  scheduler: 'kube-scheduler',
  kubelet: 'kubelet',
  kubeletHealth: 'kubelet',
  temporal: 'temporal',
  temporalUi: 'temporal',
  temporalHttp: 'temporal',
  temporalMetrics: 'temporal',
};
