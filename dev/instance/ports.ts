import { createServer } from 'node:net';

/** The usual port of each service; each instance has an address of its own, so they rarely clash. */
export const standardPorts = {
  registry: 5000,
  store: 9000,
  apiServer: 6443,
  etcdClient: 2379,
  etcdPeer: 2380,
  controllerManager: 10257,
  scheduler: 10259,
  kubelet: 10250,
  kubeletHealth: 10248,
  temporal: 7233,
  temporalUi: 8233,
  temporalHttp: 7243,
  temporalMetrics: 9233,
} as const;

export type PortName = keyof typeof standardPorts;
export type Ports = Readonly<Record<PortName, number>>;

export const portNames = Object.keys(standardPorts) as readonly PortName[];

/**
 * Keeps each wanted port that is free (or held by this instance itself) and replaces the others.
 *
 * @param wanted the ports of the last `up`, or the standard ones
 * @param held names whose port this instance's own running processes hold
 * @param isFree whether this instance could listen on a port now
 * @throws Error when no free port is found for a service
 */
export async function choosePorts(
  wanted: Ports,
  held: ReadonlySet<PortName>,
  isFree: (name: PortName, port: number) => Promise<boolean>,
): Promise<Ports> {
  const chosen = new Map<PortName, number>();
  const isTaken = (port: number, name: PortName): boolean =>
    [...chosen.values()].includes(port) ||
    portNames.some((other) => other !== name && wanted[other] === port);
  for (const name of portNames) {
    if (held.has(name) || (await isFree(name, wanted[name]))) {
      chosen.set(name, wanted[name]);
      continue;
    }
    chosen.set(
      name,
      await nextFree(
        name,
        wanted[name],
        (port) => isTaken(port, name),
        (port) => isFree(name, port),
      ),
    );
  }
  return Object.fromEntries(chosen) as Ports;
}

/** Whether a listener could be opened on this address and port now. */
export function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

async function nextFree(
  name: PortName,
  taken: number,
  isTaken: (port: number) => boolean,
  isFree: (port: number) => Promise<boolean>,
): Promise<number> {
  for (let offset = 1; offset <= attempts; offset++) {
    // Stays above the well-known ports and below the kernel's ephemeral range.
    const port = 1024 + ((taken + offset * stride) % (32_768 - 1024));
    if (!isTaken(port) && (await isFree(port))) return port;
  }
  throw new Error(
    `No free port for ${name}: ${taken} is taken, and so are ${attempts} others that were tried.`,
  );
}

const attempts = 200;
/** Leaves the neighbourhood of the taken port, where its owner's other ports are; coprime to the range. */
const stride = 101;
