import { z } from 'zod';

import { readIfExists, writeFileAtomically } from '../files.ts';

/** What an environment has in a cluster of the user's: its Secret, probes, perhaps the namespace. */
const ClusterObjects = z.object({
  kind: z.literal('cluster-objects'),
  kubeconfig: z.string(),
  context: z.string(),
  namespace: z.string(),
});

/** One thing outside its home that an instance made, or was about to make, on this machine. */
export const JournalEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bridge'), name: z.string() }),
  z.object({ kind: z.literal('firewall'), chainPrefix: z.string() }),
  z.object({ kind: z.literal('forwarding') }),
  z.object({ kind: z.literal('cgroup'), name: z.string() }),
  z.object({ kind: z.literal('mount-namespace'), path: z.string() }),
  ClusterObjects,
]);
export type JournalEntry = Readonly<z.infer<typeof JournalEntry>>;
export type ClusterEntry = Readonly<z.infer<typeof ClusterObjects>>;
/** What is on this machine: only root could make it, and only root can remove it. */
export type HostEntry = Exclude<JournalEntry, ClusterEntry>;

/**
 * The journal of an instance: each entry is on disk before the thing is made, so that `down`
 * undoes it also after an `up` that was killed in between.
 */
export interface Journal {
  entries(): Promise<readonly JournalEntry[]>;
  /** Adds an entry unless an equal one is there. */
  add(entry: JournalEntry): Promise<void>;
  /** Forgets an entry whose thing is gone. */
  remove(entry: JournalEntry): Promise<void>;
}

/** @throws Error from `entries` when the file can't be understood */
export function openJournal(path: string): Journal {
  async function entries(): Promise<readonly JournalEntry[]> {
    const text = await readIfExists(path);
    if (text === undefined) return [];
    try {
      return z.array(JournalEntry).parse(JSON.parse(text));
    } catch (cause) {
      throw new Error(
        `${path} isn't a journal of a local environment; what it listed must be removed by hand.`,
        { cause },
      );
    }
  }
  async function write(next: readonly JournalEntry[]): Promise<void> {
    await writeFileAtomically(path, `${JSON.stringify(next, null, 2)}\n`);
  }
  return {
    entries,
    async add(entry) {
      const known = await entries();
      if (!known.some((other) => isSame(other, entry))) await write([...known, entry]);
    },
    async remove(entry) {
      const known = await entries();
      await write(known.filter((other) => !isSame(other, entry)));
    },
  };
}

export function isHostEntry(entry: JournalEntry): entry is HostEntry {
  return entry.kind !== 'cluster-objects';
}

function isSame(one: JournalEntry, other: JournalEntry): boolean {
  return JSON.stringify(JournalEntry.parse(one)) === JSON.stringify(JournalEntry.parse(other));
}
