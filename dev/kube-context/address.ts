import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

import { z } from 'zod';

import type { ClusterApi } from './cluster-api.ts';
import { ClusterUnusable } from './cluster-unusable.ts';

/** This machine's IPv4 addresses that others may reach. */
export function machineAddresses(): readonly string[] {
  return interfaceAddresses()
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
}

/**
 * The address at which Pods are to reach this machine: the one asked for, or else the local end of
 * the route to the API server. Where that is on this machine's loopback (kind, a tunnel), the local
 * end of the route to one of the cluster's nodes.
 *
 * @throws ClusterUnusable when the one asked for isn't this machine's, or none is found
 */
export async function chooseAddress(
  wanted: string | undefined,
  server: string,
  api: ClusterApi,
): Promise<string> {
  if (wanted !== undefined) {
    if (interfaceAddresses().some(({ address }) => address === wanted)) return wanted;
    throw new ClusterUnusable(
      `--address ${wanted} isn't an IPv4 address of this machine; it has ${machineAddresses().join(', ') || 'none'}.`,
    );
  }
  // Without the brackets that URLs have around IPv6 addresses.
  const apiServer = new URL(server).hostname.replace(/^\[|\]$/g, '');
  for (const host of [apiServer, ...(await nodeAddresses(api))]) {
    const local = await localAddressToward(host);
    if (local !== undefined && !local.startsWith('127.')) return local;
  }
  throw new ClusterUnusable(
    `No route to the cluster of the context ${api.context} starts at an IPv4 address that its Pods could reach. ` +
      `Name one with --address IP; this machine has ${machineAddresses().join(', ') || 'none'}.`,
  );
}

/** The source address of packets to a host, or undefined without an IPv4 route; nothing is sent. */
export async function localAddressToward(host: string): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    // Connecting a datagram socket only looks up the route. Any port will do.
    socket.connect(9, host);
    await once(socket, 'connect');
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

const Nodes = z.object({
  items: z.array(
    z.object({
      status: z.object({
        addresses: z.array(z.object({ type: z.string(), address: z.string() })).optional(),
      }),
    }),
  ),
});

/** Internal addresses of a few nodes; none where the user may not list nodes. */
async function nodeAddresses(api: ClusterApi): Promise<readonly string[]> {
  const answer = await api.call('GET', '/api/v1/nodes?limit=3');
  if (answer.status !== 200) return [];
  return Nodes.parse(JSON.parse(answer.body))
    .items.flatMap(({ status }) => status.addresses ?? [])
    .filter(({ type, address }) => type === 'InternalIP' && isIPv4(address))
    .map(({ address }) => address);
}

function interfaceAddresses() {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === 'IPv4');
}
