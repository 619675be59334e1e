import { readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Linux follows at most this many links in one path (path_resolution(7)). */
const maxLinks = 40;

/**
 * Follows a symlink the way the kernel does, link by link, but inside `root` only. A text check of
 * the target is not enough: `sub/..` is elsewhere where `sub` is a link itself.
 *
 * @param root real path of the directory that must not be left
 * @param path the link, relative to root
 * @returns how it leaves, as the end of a sentence; null when it stays, also when it dangles or loops
 */
export async function findLinkEscape(root: string, path: string): Promise<string | null> {
  const pending = path.split('/');
  const at: string[] = [];
  let links = 0;
  for (;;) {
    const name = pending.shift();
    if (name === undefined) return null;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (at.pop() === undefined) return 'leads out of the context';
      continue;
    }
    const target = await readLinkOrNull(join(root, ...at, name));
    if (target === null) {
      at.push(name);
      continue;
    }
    if (target.startsWith('/')) return 'is absolute';
    links += 1;
    if (links > maxLinks) return null;
    pending.unshift(...target.split('/'));
  }
}

async function readLinkOrNull(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch {
    // Not a link, or not there: both are walked through by name.
    return null;
  }
}
