/** An IPv4 network: the address as an unsigned 32-bit number, host bits cleared. */
export interface Network {
  readonly address: number;
  readonly prefix: number;
}

/**
 * The /24 of an instance, as text. With a cluster of the user's own, Pods have their network there:
 * then it is the one address of this machine that they are given, as a /32, and 127.0.0.1.
 */
export interface Subnet {
  readonly cidr: string;
  /** The bridge's own address: where Pods and this machine reach the services. */
  readonly gateway: string;
  /** A loopback address, as particular to the instance as the gateway: Pods can't reach it. */
  readonly loopback: string;
}

/**
 * Parses `10.0.0.0/8` or `10.0.0.1` (a /32), as `ip` prints destinations; undefined for anything
 * else, `default` and IPv6 among it.
 */
export function parseNetwork(text: string): Network | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1, 5).map(Number);
  const prefix = match[5] === undefined ? 32 : Number(match[5]);
  if (octets.some((octet) => octet > 255) || prefix > 32) return undefined;
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return { address: networkAddress(address, prefix), prefix };
}

/** Whether two networks share an address. */
export function overlaps(one: Network, other: Network): boolean {
  const prefix = Math.min(one.prefix, other.prefix);
  return networkAddress(one.address, prefix) === networkAddress(other.address, prefix);
}

/**
 * Chooses a /24 in 10.64.0.0 to 10.127.255.255 for an instance: the one that its id points at, or
 * the next one that is free.
 *
 * Networks wider than /16 (a company VPN that claims 10.0.0.0/8) are avoided where possible and
 * tolerated otherwise: the more specific route wins.
 *
 * @param used networks of this machine's routes and addresses
 * @throws Error when every candidate is in use
 */
export function chooseSubnet(id: string, used: readonly Network[]): Subnet {
  const narrow = used.filter((network) => network.prefix >= 16);
  const chosen = firstFree(id, used) ?? firstFree(id, narrow);
  if (chosen === undefined) {
    throw new Error(
      `No free /24 network between 10.64.0.0 and 10.127.255.255 for the local environment: ` +
        `this machine's routes and addresses cover all of them (see \`ip route\`).`,
    );
  }
  return chosen;
}

function firstFree(id: string, used: readonly Network[]): Subnet | undefined {
  const start = Number.parseInt(id.slice(0, 8), 16) % candidates;
  for (let step = 0; step < candidates; step++) {
    const index = (start + step) % candidates;
    const address = firstCandidate + index * 256;
    if (!used.some((network) => overlaps(network, { address, prefix: 24 }))) {
      const loopback = format(address + 1).replace(/^10\./, '127.');
      return { cidr: `${format(address)}/24`, gateway: format(address + 1), loopback };
    }
  }
  return undefined;
}

/** 10.64.0.0 */
const firstCandidate = (10 * 256 + 64) * 65_536;
/** 64 values of the second octet, 256 of the third. */
const candidates = 64 * 256;

function networkAddress(address: number, prefix: number): number {
  const size = 2 ** (32 - prefix);
  return Math.floor(address / size) * size;
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
