import { readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { failure } from '../../workflows/contract/failures.ts';

/** Far above any Dockerfile; what is larger was not meant to be one. */
const maxBytes = 1024 * 1024;

/**
 * The text of a Dockerfile in a checked-out tree, byte for byte: with its byte order mark, if any.
 * Links are followed as long as they stay in the tree.
 *
 * Throws `SourceNotFound` when there is no such file, `ContextRefused` when a link leads out of
 * the tree or into git's own files, `DockerfileInvalid` for what is not UTF-8 text of this size.
 *
 * @param tree the directory of the tree
 * @param path relative to it, confined; with `/`
 */
export async function readDockerfile(tree: string, path: string): Promise<string> {
  const root = await realpath(tree);
  const file = await resolveLinks(join(root, path), path);
  const inside = relative(root, file).split(sep);
  if (inside[0] === '..' || inside[0] === '.git') {
    throw failure('ContextRefused', `${path} is a link that leads out of the repository's files`);
  }
  const found = await stat(file);
  if (!found.isFile()) throw failure('SourceNotFound', `${path} in the repository is not a file`);
  const { size } = found;
  if (size > maxBytes) {
    throw failure(
      'DockerfileInvalid',
      `${path} has ${size} bytes; at most ${maxBytes} are allowed`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (cause) {
    throw failure('DockerfileInvalid', `${path} is not UTF-8 text`, { cause });
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
