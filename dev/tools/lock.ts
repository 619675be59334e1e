import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning } from './temporary.ts';

export interface LockOptions {
  /** Runs the wait, if there is one, and can say whom it is for: the holder's process id. */
  readonly whileWaiting?: (holder: number, wait: () => Promise<void>) => Promise<void>;
  readonly pollMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does `work` while this process holds the lock file; another process that wants it waits. A lock
 * whose process is gone (killed, crashed, machine restarted) is taken over. Two processes taking
 * over at the very same moment could both go on: the work has to be safe then too, only done
 * twice; everything written under this lock is renamed into place.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const mine = await ownRecord();
  await acquire(path, mine, options);
  try {
    return await work();
  } finally {
    if ((await readRecord(path)) === mine) await rm(path, { force: true });
  }
}

async function acquire(path: string, mine: string, options: LockOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(draft, mine);
  try {
    const holder = await attempt(path, draft);
    if (holder === undefined) return;
    const wait = async (): Promise<void> => {
      while ((await attempt(path, draft)) !== undefined) {
        await sleep(options.pollMs ?? 500, undefined, { signal: options.signal });
      }
    };
    await (options.whileWaiting?.(holder, wait) ?? wait());
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes the lock and returns undefined, or returns the process id of the living holder. */
async function attempt(path: string, draft: string): Promise<number | undefined> {
  while (!(await linked(draft, path))) {
    const holder = await readRecord(path);
    if (holder === undefined) continue;
    if (await isAlive(holder)) return Number(holder.split(' ')[0]);
    await takeAway(path, holder, `${draft}.stale`);
  }
  return undefined;
}

/** A link, not an exclusive open: the lock appears with its content or not at all. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a stale lock; one that a third process took in between is put back. */
async function takeAway(path: string, holder: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readRecord(aside)) !== holder) await linked(aside, path);
  await rm(aside, { force: true });
}

async function readRecord(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function ownRecord(): Promise<string> {
  return `${process.pid} ${(await startTime(process.pid)) ?? ''}`;
}

async function isAlive(record: string): Promise<boolean> {
  const [pid = '', started = ''] = record.split(' ');
  if (!/^[1-9]\d*$/.test(pid)) return false;
  if (!isRunning(Number(pid))) return false;
  // Process ids are reused; the start time tells two processes of one id apart.
  const now = await startTime(Number(pid));
  return now === undefined || started === '' || now === started;
}

/** Field 22 of /proc/<pid>/stat (proc(5)), counted after the name, which may hold spaces. */
async function startTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
