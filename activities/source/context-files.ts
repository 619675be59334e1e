import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../workflows/contract/failures.ts';
import { findLinkEscape } from './context-links.ts';
import type { IgnoreRules } from './ignore-rules.ts';

/** One entry of a context; `path` is relative to it, with `/`. */
export type ContextFile =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly size: number;
      readonly executable: boolean;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/**
 * All entries of the context that its ignore file lets through, sorted by the bytes of their path.
 * A directory that is ignored itself appears where something in it does not.
 *
 * Throws `ContextRefused` for special files, links that lead out, names that are not UTF-8, and an
 * ignore file that cannot be followed.
 *
 * @param root real path of the context
 */
export async function listContext(
  root: string,
  rules: IgnoreRules,
  signal?: AbortSignal,
): Promise<readonly ContextFile[]> {
  const files: ContextFile[] = [];
  await walk('');
  return files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));

  /** Whether anything was listed. */
  async function walk(directory: string): Promise<boolean> {
    signal?.throwIfAborted();
    const found = await readdir(join(root, directory), { withFileTypes: true, encoding: 'buffer' });
    const entries = found
      .map((entry) => ({ entry, name: decodeName(entry.name, directory) }))
      // Git allows no file of this name; a worktree's own is not content.
      .filter(({ name }) => name !== '.git')
      .map(({ entry, name }) => ({
        entry,
        path: directory === '' ? name : `${directory}/${name}`,
      }));
    const ignored = await rules.ignored(entries.map(({ path }) => path));
    let listed = false;
    for (const { entry, path } of entries) {
      if (await visit(entry, path, ignored.has(path))) listed = true;
    }
    return listed;
  }

  async function visit(entry: Dirent<Buffer>, path: string, ignored: boolean): Promise<boolean> {
    if (entry.isDirectory()) {
      if (ignored && !rules.hasExceptions) return false;
      const listed = await walk(path);
      if (ignored && !listed) return false;
      files.push({ kind: 'directory', path });
      return true;
    }
    if (ignored) return false;
    files.push(await describe(entry, path));
    return true;
  }

  async function describe(entry: Dirent<Buffer>, path: string): Promise<ContextFile> {
    const full = join(root, path);
    if (entry.isFile()) {
      const { size, mode } = await lstat(full);
      return { kind: 'file', path, size, executable: (mode & 0o100) !== 0 };
    }
    if (entry.isSymbolicLink()) {
      const target = await readlink(full);
      const escape = await findLinkEscape(root, path);
      if (escape !== null) {
        throw failure(
          'ContextRefused',
          `the link ${path} -> ${target} ${escape}; links of a context have to stay inside it`,
        );
      }
      return { kind: 'link', path, target };
    }
    throw failure(
      'ContextRefused',
      `${path} is a ${specialKind(entry)}; a context holds files, directories and links`,
    );
  }
}

function decodeName(name: Buffer, directory: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch (error) {
    throw failure(
      'ContextRefused',
      `a file name in ${directory || 'the context'} is not UTF-8: ${JSON.stringify(name.toString('latin1'))}`,
      { cause: error },
    );
  }
}

function specialKind(entry: Dirent<Buffer>): string {
  if (entry.isFIFO()) return 'named pipe';
  if (entry.isSocket()) return 'socket';
  return entry.isBlockDevice() || entry.isCharacterDevice() ? 'device' : 'special file';
}
