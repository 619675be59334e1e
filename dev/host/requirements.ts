import { EnvironmentUnavailable } from '../environment-unavailable.ts';
import { hasCapability } from './capabilities.ts';
import { type Hierarchy, detectCgroups } from './cgroups.ts';

/** What is read from the machine to decide whether and how the local environment runs on it. */
export interface HostFacts {
  readonly platform: string;
  readonly uid: number | undefined;
  /** Text of /proc/self/status; empty where there is none. */
  readonly processStatus: string;
  /** Text of /proc/self/mountinfo; empty where there is none. */
  readonly mountInfo: string;
}

/** What the components have to know of the machine. */
export interface Host {
  readonly hierarchies: readonly Hierarchy[];
  /**
   * Without CAP_SYS_RESOURCE nobody may lower an OOM score, and containerd must not try:
   * sandboxes would die with "can't get final child's PID from pipe: EOF".
   */
  readonly mayLowerOomScore: boolean;
}

/** Whether this process can do what a container's root can: own files of others, mount, chroot. */
export function mayActAsRoot(facts: Pick<HostFacts, 'uid' | 'processStatus'>): boolean {
  return facts.uid === 0 && hasCapability(facts.processStatus, 'SYS_ADMIN');
}

/** @throws EnvironmentUnavailable when the local environment can't run here */
export function examineHost(facts: HostFacts): Host {
  if (facts.platform !== 'linux')
    throw new EnvironmentUnavailable(`it needs Linux, and this is ${facts.platform}`);
  if (facts.uid !== 0) {
    throw new EnvironmentUnavailable(
      'it runs a kubelet and containerd, which need root (try sudo)',
    );
  }
  for (const capability of ['SYS_ADMIN', 'NET_ADMIN'] as const) {
    if (!hasCapability(facts.processStatus, capability)) {
      throw new EnvironmentUnavailable(
        `root lacks the capability CAP_${capability} (in a container, run it privileged)`,
      );
    }
  }
  const layout = detectCgroups(facts.mountInfo);
  if (layout.kind === 'none') throw new EnvironmentUnavailable(layout.missing);
  return {
    hierarchies: layout.hierarchies,
    mayLowerOomScore: hasCapability(facts.processStatus, 'SYS_RESOURCE'),
  };
}
