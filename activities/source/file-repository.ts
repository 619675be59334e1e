import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';

/** As git tries them (`enter_repo`): a path may be a work tree, a repository, or one's name without `.git`. */
const suffixes = ['/.git', '', '.git/.git', '.git'];

/** Directories of a repository that git reads throughout; of others what lies in it directly. */
const readThroughout = ['objects', 'refs', 'reftable', 'info'];

/**
 * What of the repository at a path leads git to files that are not under the roots, as a name below
 * the path; null when nothing does. Links, gitfiles, `commondir` and alternates are followed;
 * where one leads to nothing it counts as leading out, so that the answer tells nobody what exists.
 *
 * Looked at before git looks: it keeps a repository from reaching out, not somebody who changes it
 * at the same time. Such sources are for development.
 *
 * @param path a real path under one of the roots
 * @param roots real paths
 */
export async function wayOut(path: string, roots: readonly string[]): Promise<string | null> {
  const repositories = new Set<string>();
  const objectStores = new Set<string>();
  const links = new Set<string>();
  for (const suffix of suffixes) {
    const candidate = path + suffix;
    const found = await stat(candidate).catch(() => null);
    if (found === null) continue;
    const out = await ofRepository(candidate);
    if (out !== null) return relative(dirname(path), out);
    if (found.isFile() || (await isRepository(candidate))) return null;
  }
  return null;

  async function ofRepository(at: string): Promise<string | null> {
    const real = await inside(at);
    if (real === null) return at;
    if (!isNew(repositories, real)) return null;
    const gitfile = await lineOf(real);
    if (gitfile !== null) {
      // Without this word git refuses the file.
      const [, target] = /^gitdir: (.+)$/s.exec(gitfile) ?? [];
      return target === undefined
        ? null
        : ofTarget(at, absolute(target, dirname(real)), ofRepository);
    }
    const common = await lineOf(`${real}/commondir`);
    return (
      (await ofDirectory(real, (name) => readThroughout.includes(name))) ??
      (await ofAlternates(`${real}/objects`)) ??
      (common === null ? null : ofTarget(`${real}/commondir`, absolute(common, real), ofRepository))
    );
  }

  async function ofObjects(at: string): Promise<string | null> {
    if (!isNew(objectStores, at)) return null;
    return (await ofDirectory(at, () => true)) ?? (await ofAlternates(at));
  }

  /** Links in the directory, and below in those of its directories that are chosen. */
  async function ofDirectory(
    at: string,
    isRead: (name: string) => boolean,
  ): Promise<string | null> {
    // What this process may not read, git may not.
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      const path = `${at}/${entry.name}`;
      if (entry.isSymbolicLink()) {
        const target = await realpath(path).catch(() => null);
        if (target !== null && !isUnder(target)) return path;
        if (target === null || !isRead(entry.name) || !isNew(links, target)) continue;
      } else if (!entry.isDirectory() || !isRead(entry.name)) continue;
      const out = await ofDirectory(path, () => true);
      if (out !== null) return out;
    }
    return null;
  }

  async function ofAlternates(objects: string): Promise<string | null> {
    const file = `${objects}/info/alternates`;
    const real = await realpath(objects).catch(() => objects);
    if (!(await isFile(file))) return null;
    // What cannot be read whole is not looked through.
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return file;
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      // git unquotes it: another path than it is to us.
      if (line.startsWith('"')) return file;
      const out = await ofTarget(file, absolute(line, real), ofObjects);
      if (out !== null) return out;
    }
    return null;
  }

  /** What a line in the file `by` names. */
  async function ofTarget(
    by: string,
    target: string,
    look: (real: string) => Promise<string | null>,
  ): Promise<string | null> {
    const real = await inside(target);
    return real === null || (await look(real)) !== null ? by : null;
  }

  async function inside(at: string): Promise<string | null> {
    const real = await realpath(at).catch(() => null);
    return real !== null && isUnder(real) ? real : null;
  }

  function isUnder(real: string): boolean {
    return roots.some((root) => isWithin(real, root));
  }
}

/** Both are real paths. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Where git is certain to stop. */
async function isRepository(at: string): Promise<boolean> {
  const head = await lineOf(`${at}/HEAD`);
  if (head === null || !/^(?:ref: refs\/\S+|[0-9a-f]{40})$/.test(head)) return false;
  const common = await lineOf(`${at}/commondir`);
  const place = common === null ? at : absolute(common, at);
  const parts = await Promise.all(
    ['objects', 'refs'].map((name) => stat(`${place}/${name}`).catch(() => null)),
  );
  return parts.every((part) => part?.isDirectory() === true);
}

/** The text of a file without line ends behind it, as git takes one; null where there is no file. */
async function lineOf(file: string): Promise<string | null> {
  if (!(await isFile(file))) return null;
  const text = await readFile(file, 'utf8').catch(() => null);
  return text?.replace(/[\r\n]+$/, '') ?? null;
}

/** Not a pipe, which could hold the reader up. */
async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true;
}

function isNew(seen: Set<string>, path: string): boolean {
  const { size } = seen;
  return seen.add(path).size > size;
}

/** Not normalised: `..` behind a link is that of the link's target. */
function absolute(path: string, from: string): string {
  return path.startsWith('/') ? path : `${from}/${path}`;
}
