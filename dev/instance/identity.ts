import { createHash } from 'node:crypto';

/** Names on this machine that belong to one instance and to no other. */
export interface Identity {
  /** Ten hexadecimal digits of the home directory's hash. */
  readonly id: string;
  /** Also the Kubernetes node's name and the Slipway installation. */
  readonly name: string;
  /** At most 15 characters: the kernel's limit for interface names (IFNAMSIZ - 1). */
  readonly bridge: string;
  /** The cgroup below each hierarchy's root. */
  readonly cgroup: string;
  /** Chain names may have 28 characters; a suffix of up to 4 follows. */
  readonly chainPrefix: string;
}

/**
 * @param realHome the real (symlink-free) path of SLIPWAY_HOME, so that two spellings of one
 *   directory are one instance
 */
export function deriveIdentity(realHome: string): Identity {
  const id = createHash('sha256').update(realHome).digest('hex').slice(0, 10);
  return {
    id,
    name: `slipway-${id}`,
    bridge: `${bridgePrefix}${id}`,
    cgroup: `slipway-${id}`,
    chainPrefix: `SLIPWAY-${id}`,
  };
}

/** Every instance's bridge starts with it, so that an instance can see whether others live. */
export const bridgePrefix = 'slw-';
