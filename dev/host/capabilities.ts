/** Bits of the capability sets in /proc/PID/status (linux/capability.h). */
const capabilityBits = { NET_ADMIN: 12, SYS_ADMIN: 21, SYS_RESOURCE: 24 } as const;

export type Capability = keyof typeof capabilityBits;

/**
 * Whether a process has a capability in effect. Root in a container may have few.
 *
 * @param status text of /proc/self/status
 */
export function hasCapability(status: string, capability: Capability): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (effective === undefined) return false;
  return ((BigInt(`0x${effective}`) >> BigInt(capabilityBits[capability])) & 1n) === 1n;
}
