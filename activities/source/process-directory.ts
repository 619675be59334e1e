import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a directory under `parent` that belongs to this process alone, so that nothing in it needs
 * a lock that a killed process could leave behind. What `keep` names is taken over from processes
 * that ended; the rest of theirs is removed.
 *
 * @param keep subdirectories whose content is complete at any moment
 */
export async function claimProcessDirectory(
  parent: string,
  keep: readonly string[],
): Promise<string> {
  await mkdir(parent, { recursive: true });
  const own = join(parent, `${process.pid}.${await startOf(process.pid)}.${randomId()}`);
  await mkdir(own);
  for (const name of keep) await mkdir(join(own, name));
  for (const entry of await readdir(parent)) {
    if (!(await isLeftBehind(entry))) continue;
    const dead = `${own}.${randomId()}`;
    try {
      // Renaming is what decides between two processes that start at once.
      await rename(join(parent, entry), dead);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    for (const name of keep) await adopt(join(dead, name), join(own, name));
    await rm(dead, { recursive: true, force: true, maxRetries: 3 });
  }
  return own;
}

async function adopt(from: string, to: string): Promise<void> {
  const entries = await readdir(from).catch(() => []);
  for (const entry of entries) {
    // Taken twice (two dead processes had the same): the first stays.
    await rename(join(from, entry), join(to, entry)).catch(() => undefined);
  }
}

async function isLeftBehind(entry: string): Promise<boolean> {
  const match = /^(\d+)\.(\d+)\.[0-9a-f]+(?:\.[0-9a-f]+)?$/.exec(entry);
  if (match === null) return false;
  const [, pid, start] = match;
  return (await startOf(Number(pid))) !== start;
}

/**
 * When the process started, in clock ticks since boot (proc(5), field 22 of stat), because ids are
 * used again; null when there is no such process.
 */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function randomId(): string {
  return randomBytes(4).toString('hex');
}
