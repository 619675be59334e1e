import { readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { failure, type FailureType } from '../../workflows/contract/failures.ts';
import { findLinkEscape } from './context-links.ts';

export interface TreeFileRules {
  readonly maxBytes: number;
  /** What a file is that is too large or no UTF-8 text. */
  readonly invalid: FailureType;
}

/**
 * The text of a file in a checked-out tree, byte for byte: with its byte order mark, if any.
 * Links are followed as long as they stay in the tree.
 *
 * Throws `SourceNotFound` when there is no such file, `ContextRefused` when a link leads out of
 * the tree or into git's own files, and the rules' own type for what is not UTF-8 text of the size.
 *
 * @param tree the directory of the tree
 * @param path relative to it, confined; with `/`
 */
export async function readTreeFile(
  tree: string,
  path: string,
  rules: TreeFileRules,
): Promise<string> {
  const root = await realpath(tree);
  // Before anything outside is looked at: which files exist there is nobody's business.
  const escape = await findLinkEscape(root, path);
  const file = escape === null ? await resolveLinks(join(root, path), path) : null;
  const inside = file === null ? [] : relative(root, file).split(sep);
  if (file === null || inside[0] === '..' || inside[0] === '.git') {
    throw failure('ContextRefused', `${path} is a link that leads out of the repository's files`);
  }
  const found = await stat(file);
  if (!found.isFile()) throw failure('SourceNotFound', `${path} in the repository is not a file`);
  const { size } = found;
  if (size > rules.maxBytes) {
    throw failure(
      rules.invalid,
      `${path} has ${size} bytes; at most ${rules.maxBytes} are allowed`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (cause) {
    throw failure(rules.invalid, `${path} is not UTF-8 text`, { cause });
  }
}

async function resolveLinks(file: string, path: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw failure('SourceNotFound', `there is no file ${path} in the repository`, { cause });
    }
    if (code === 'ELOOP') {
      throw failure('ContextRefused', `${path} is a link that leads to itself`, { cause });
    }
    throw cause;
  }
}
