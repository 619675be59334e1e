import { z } from 'zod';

import type { Instance } from '../instance/record.ts';
import { type Network, parseNetwork } from '../instance/subnet.ts';
import { bridgePrefix } from '../instance/identity.ts';
import { readdir } from 'node:fs/promises';
import { CommandFailed, run } from './run.ts';

/** Runs `ip` with these arguments and returns its output; a parameter, so that tests can do without. */
export type Ip = (args: readonly string[]) => Promise<string>;

function systemIp(args: readonly string[]): Promise<string> {
  return run('ip', args);
}

const Routes = z.array(z.object({ dst: z.string(), dev: z.string().optional() }));
const Links = z.array(
  z.object({
    ifname: z.string(),
    mtu: z.int(),
    master: z.string().optional(),
    addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.int() })).optional(),
  }),
);

/** IPv4 networks that this machine routes or has an address in; `exceptDevice` is left out. */
export async function usedNetworks(
  exceptDevice: string,
  ip: Ip = systemIp,
): Promise<readonly Network[]> {
  const [routes, links] = await Promise.all([
    ip(['-json', '-4', 'route', 'show', 'table', 'all']),
    ip(['-json', '-4', 'address', 'show']),
  ]);
  return [
    ...Routes.parse(parseIpOutput(routes))
      .filter((route) => route.dev !== exceptDevice)
      .map((route) => route.dst),
    ...Links.parse(parseIpOutput(links))
      .filter((link) => link.ifname !== exceptDevice)
      .flatMap((link) =>
        (link.addr_info ?? []).map((address) => `${address.local ?? ''}/${address.prefixlen}`),
      ),
  ]
    .map(parseNetwork)
    .filter((network) => network !== undefined);
}

/**
 * The MTU for Pods: that of the interface with the default route, as larger packets would be
 * dropped on the way out where path MTU discovery is filtered. 1500 without a default route.
 */
export async function outsideMtu(ip: Ip = systemIp): Promise<number> {
  const routes = Routes.parse(parseIpOutput(await ip(['-json', '-4', 'route', 'show', 'default'])));
  const device = routes[0]?.dev;
  if (device === undefined) return 1500;
  const links = Links.parse(parseIpOutput(await ip(['-json', 'link', 'show', 'dev', device])));
  return links[0]?.mtu ?? 1500;
}

/**
 * Makes the bridge with the gateway address, or completes one that is there.
 *
 * It gets a hardware address of its own: without one it takes the lowest of its interfaces', and so
 * another one whenever a Pod comes or goes. The other Pods then send to an address that nobody has
 * any more, until their ARP entry is old enough (seen: connections that took 30 to 45 s).
 */
export async function makeBridge(
  instance: Pick<Instance, 'bridge' | 'subnet'>,
  ip: Ip = systemIp,
): Promise<void> {
  await tolerate(/File exists/, ip(['link', 'add', instance.bridge, 'type', 'bridge']));
  const { gateway } = instance.subnet;
  await ip(['link', 'set', instance.bridge, 'address', hardwareAddress(gateway)]);
  await tolerate(
    /File exists|already assigned/,
    ip(['address', 'add', `${gateway}/24`, 'dev', instance.bridge]),
  );
  await ip(['link', 'set', instance.bridge, 'up']);
}

/** A locally administered one that follows from the IPv4 address: `0a:58:` and its four bytes. */
function hardwareAddress(address: string): string {
  const bytes = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return ['0a', '58', ...bytes].join(':');
}

/** Removes the bridge and the Pods' interfaces that are still attached to it. */
export async function removeBridge(bridge: string, ip: Ip = systemIp): Promise<void> {
  for (const name of await interfacesOf(bridge, ip)) {
    await tolerate(/Cannot find device/, ip(['link', 'delete', name]));
  }
}

/** The bridge itself, last, after the interfaces attached to it; empty when there is no bridge. */
export async function interfacesOf(bridge: string, ip: Ip = systemIp): Promise<readonly string[]> {
  const links = Links.parse(parseIpOutput(await ip(['-json', 'link', 'show'])));
  const attached = links.filter((link) => link.master === bridge).map((link) => link.ifname);
  return links.some((link) => link.ifname === bridge) ? [...attached, bridge] : attached;
}

/** Bridges of other instances that are up on this machine. */
export async function otherBridges(own: string): Promise<readonly string[]> {
  const names = await readdir('/sys/class/net');
  return names.filter((name) => name.startsWith(bridgePrefix) && name !== own);
}

/** `ip -json` prints nothing at all for an empty list in some versions. */
function parseIpOutput(text: string): unknown {
  return text.trim() === '' ? [] : JSON.parse(text);
}

async function tolerate(expected: RegExp, command: Promise<string>): Promise<void> {
  try {
    await command;
  } catch (error) {
    if (error instanceof CommandFailed && expected.test(error.stderr)) return;
    throw error;
  }
}
