import { readdir, readFile } from 'node:fs/promises';

import { isMissing } from '../files.ts';
import { identify, type ProcessIdentity, readStat } from './identity.ts';

/**
 * Set in the environment of every process that an instance starts, and inherited by what those
 * start (containerd's shims): it finds what a killed `up` started and had no time to record.
 */
export const instanceVariable = 'SLIPWAY_INSTANCE';

export interface MarkedProcess {
  readonly identity: ProcessIdentity;
  readonly parent: number;
  /** The program's path, as its first argument says. */
  readonly program: string;
}

/** Running processes that carry an instance's mark; none where there is no /proc to find them in. */
export async function markedProcesses(instanceName: string): Promise<readonly MarkedProcess[]> {
  const found: MarkedProcess[] = [];
  const entries = await readdir('/proc').catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    if (!(await hasMark(pid, instanceName))) continue;
    const [identity, stat] = await Promise.all([identify(pid), readStat(pid)]);
    const program =
      (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')[0] ?? '';
    if (identity !== undefined && stat !== undefined)
      found.push({ identity, parent: stat.parent, program });
  }
  return found;
}

/**
 * Of an instance's marked processes, those that nobody accounts for: neither recorded, nor started
 * by another marked one, nor one of containerd's shims, which outlive it on purpose.
 */
export function unrecorded(
  marked: readonly MarkedProcess[],
  recordedPids: ReadonlySet<number>,
): readonly MarkedProcess[] {
  const pids = new Set(marked.map(({ identity }) => identity.pid));
  return marked.filter(
    ({ identity, parent, program }) =>
      !recordedPids.has(identity.pid) &&
      !pids.has(parent) &&
      !/\/?containerd-shim[^/]*$/.test(program),
  );
}

async function hasMark(pid: number, instanceName: string): Promise<boolean> {
  // Unreadable for kernel threads and processes that are ending; a zombie's is empty.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').includes(`${instanceVariable}=${instanceName}`);
}
