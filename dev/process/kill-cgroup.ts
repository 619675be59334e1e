import { setTimeout as delay } from 'node:timers/promises';

import { processesIn } from '../host/cgroup-tree.ts';
import type { Hierarchy } from '../host/cgroups.ts';
import { identify } from './identity.ts';
import { stopProcess } from './stop.ts';

/**
 * Kills everything in an instance's cgroups but `spared` processes: those of Pods, and containerd's
 * shims. Ends when nothing is left, or after 5 s.
 */
export async function killCgroup(
  hierarchies: readonly Hierarchy[],
  name: string,
  spared: ReadonlySet<number>,
): Promise<void> {
  // Again and again: a killed process may have started another one just before.
  for (const deadline = Date.now() + 5000; Date.now() < deadline; await delay(20)) {
    const pids = [...(await processesIn(hierarchies, name))].filter((pid) => !spared.has(pid));
    const processes = (await Promise.all(pids.map(identify))).filter(
      (found) => found !== undefined,
    );
    if (processes.length === 0) return;
    await Promise.all(processes.map((found) => stopProcess(found, 0)));
  }
}
