import { z } from 'zod';

import { readIfExists } from '../files.ts';
import { CommandFailed, run } from '../host/run.ts';

/**
 * A process that can't be confused with a later one of the same pid: the kernel's start time (in
 * clock ticks since boot) and the boot tell them apart.
 */
export const ProcessIdentity = z.object({
  pid: z.int().positive(),
  startTime: z.string(),
  boot: z.string(),
});
export type ProcessIdentity = Readonly<z.infer<typeof ProcessIdentity>>;

/** What /proc/PID/stat says of a process. */
export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  readonly startTime: string;
}

/**
 * Parses /proc/PID/stat. The command in parentheses may hold spaces and parentheses itself, so the
 * fields are counted from the last closing one (proc(5)).
 */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const [state, parent] = fields;
  // Field 22 of the line; the first field here is number 3.
  const startTime = fields[19];
  if (state === undefined || parent === undefined || startTime === undefined) return undefined;
  return { state, parent: Number(parent), startTime };
}

export async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readIfExists(`/proc/${pid}/stat`);
  if (text !== undefined) return parseStat(text);
  return process.platform === 'linux' ? undefined : readStatWithPs(pid);
}

/** The same where there is no /proc (macOS); the start time has seconds there, and is text. */
export async function readStatWithPs(pid: number): Promise<ProcessStat | undefined> {
  let text: string;
  try {
    text = await run('ps', ['-o', 'state=', '-o', 'ppid=', '-o', 'lstart=', '-p', String(pid)]);
  } catch (error) {
    // Exit code 1: no such process.
    if (error instanceof CommandFailed && error.exitCode === 1) return undefined;
    throw error;
  }
  const [, state, parent, startTime] = /^\s*(\S)\S*\s+(\d+)\s+(.+?)\s*$/.exec(text) ?? [];
  if (state === undefined || startTime === undefined) return undefined;
  return { state, parent: Number(parent), startTime };
}

/** The identity of a running process, or undefined when it has ended. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const [stat, boot] = await Promise.all([readStat(pid), readBoot()]);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime, boot };
}

/** Whether this very process still runs. A zombie doesn't: it only waits for its parent. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const [stat, boot] = await Promise.all([readStat(identity.pid), readBoot()]);
  return (
    stat !== undefined &&
    stat.startTime === identity.startTime &&
    boot === identity.boot &&
    !isDead(stat)
  );
}

export function isDead(stat: ProcessStat): boolean {
  return stat.state === 'Z' || stat.state === 'X';
}

async function readBoot(): Promise<string> {
  return ((await readIfExists('/proc/sys/kernel/random/boot_id')) ?? '').trim();
}
