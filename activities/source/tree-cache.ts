import { randomUUID } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sizeOfDirectory } from './directory-size.ts';

export interface TreeLimits {
  readonly count: number;
  readonly bytes: number;
}

/** Finished trees by key; one maker per key at a time; the least recently used unused ones go. */
export interface TreeCache {
  /**
   * Runs `use` with the tree of `key`, which stays until `use` ends. Where there is none, `make`
   * fills an empty path; others who want the same key meanwhile wait for it and share its failure.
   */
  withTree<T>(
    key: string,
    make: (path: string) => Promise<void>,
    use: (directory: string) => Promise<T>,
  ): Promise<T>;
}

interface Entry {
  readonly tree: Promise<void>;
  users: number;
  /** Order of last use: larger is later. */
  used: number;
  /** 0 until the tree is made. */
  bytes: number;
}

/**
 * @param directory holds the trees, each a directory named by its key; those there are adopted
 * @param temporary on the same file system; trees are made there and renamed when complete
 */
export function createTreeCache(
  directory: string,
  temporary: string,
  limits: TreeLimits,
): TreeCache {
  const entries = new Map<string, Entry>();
  let clock = 0;
  let adopted: Promise<void> | null = null;

  /** Trees that an ended process made: complete, because renaming was its last step. */
  async function adopt(): Promise<void> {
    const found = await Promise.all(
      (await readdir(directory)).map(async (key) => {
        const path = join(directory, key);
        return { key, made: (await lstat(path)).mtimeMs, bytes: await sizeOfDirectory(path) };
      }),
    );
    for (const { key, bytes } of found.sort((a, b) => a.made - b.made)) {
      entries.set(key, { tree: Promise.resolve(), users: 0, used: ++clock, bytes });
    }
  }

  function enter(key: string, make: (path: string) => Promise<void>): Entry {
    const known = entries.get(key);
    // Gone where somebody emptied the work directory.
    if (known !== undefined && (known.users > 0 || existsSync(join(directory, key)))) return known;
    const entry: Entry = { tree: build(), users: 0, used: 0, bytes: 0 };
    entries.set(key, entry);
    return entry;

    async function build(): Promise<void> {
      const path = join(temporary, `tree-${randomUUID()}`);
      try {
        await make(path);
        const bytes = await sizeOfDirectory(path);
        await rename(path, join(directory, key));
        entry.bytes = bytes;
      } catch (error) {
        // The next one who wants this tree tries again.
        entries.delete(key);
        await rm(path, { recursive: true, force: true });
        throw error;
      }
    }
  }

  async function evict(): Promise<void> {
    const unused = [...entries].filter(([, entry]) => entry.users === 0);
    let count = entries.size;
    let bytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    const doomed: string[] = [];
    for (const [key, entry] of unused.sort(([, a], [, b]) => a.used - b.used)) {
      if (count <= limits.count && bytes <= limits.bytes) break;
      count -= 1;
      bytes -= entry.bytes;
      entries.delete(key);
      const path = join(temporary, `doomed-${randomUUID()}`);
      try {
        // Out of the way in the same turn as out of the map: the next user must not meet half a tree.
        renameSync(join(directory, key), path);
        doomed.push(path);
      } catch (error) {
        // Somebody may have emptied the work directory.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    for (const path of doomed) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }

  return {
    async withTree(key, make, use) {
      adopted ??= adopt().catch((error: unknown) => {
        // A disk that could not be read may be readable for the next one.
        adopted = null;
        throw error;
      });
      await adopted;
      const entry = enter(key, make);
      entry.users += 1;
      try {
        await entry.tree;
        return await use(join(directory, key));
      } finally {
        entry.users -= 1;
        entry.used = ++clock;
        await evict();
      }
    },
  };
}
