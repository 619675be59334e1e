import { readFile, readdir } from 'node:fs/promises';

/** What one process shows to whoever may look at it. */
export interface ProcessView {
  readonly pid: number;
  readonly name: string;
  readonly commandLine: string;
  readonly environment: string;
}

/** The processes that this one started, and those that they did (Linux). */
export async function descendants(): Promise<readonly ProcessView[]> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => null);
    // The name in parentheses may hold anything; the parent is the second field after it.
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent !== undefined) parents.set(Number(entry), Number(parent));
  }
  const found = [...parents.keys()].filter((pid) => isBelow(pid, process.pid, parents));
  return Promise.all(
    found.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const [name, commandLine, environment] = await Promise.all([
        read('comm'),
        read('cmdline'),
        read('environ'),
      ]);
      return { pid, name: name.trim(), commandLine, environment };
    }),
  );
}

function isBelow(pid: number, ancestor: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at = parents.get(pid); at !== undefined && at > 1; at = parents.get(at)) {
    if (at === ancestor) return true;
  }
  return false;
}
