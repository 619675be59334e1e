import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { failure } from '../../workflows/contract/failures.ts';
import { listContext, type ContextFile } from './context-files.ts';
import { contextTar } from './context-tar.ts';
import { isWithin } from './file-repository.ts';
import { readIgnoreRules } from './ignore-rules.ts';

export interface PackedContext {
  /** `sha256:<hex>` of the canonical uncompressed tar. */
  readonly digest: string;
  /** Bytes of that tar. */
  readonly size: number;
  /** Streams the tar again; it breaks with `SourceUnavailable` if it isn't the same any more. */
  open(): Readable;
}

/** Bytes of all files of one context together. */
const defaultLimit = 2 * 1024 ** 3;

/**
 * Packs a directory of a checked-out tree as a build context. Reads it once for the digest, holds
 * none of it.
 *
 * Throws `SourceNotFound` when there is no such directory, `ContextRefused` for what a context may
 * not hold (see `listContext`) and for too much of it.
 *
 * @param directory the tree; the context's path is confined to it, symlinks included
 * @param context directory in the tree, `.` for the whole
 * @param dockerfile relative to the context: names its own ignore file
 */
export async function packContext(
  directory: string,
  context: string,
  dockerfile: string,
  options: { readonly limit?: number; readonly signal?: AbortSignal } = {},
): Promise<PackedContext> {
  const root = await contextRoot(directory, context);
  const rules = await readIgnoreRules(root, dockerfile);
  const files = await listContext(root, rules, options.signal);
  checkSize(files, context, options.limit ?? defaultLimit);

  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of contextTar(root, files)) {
    options.signal?.throwIfAborted();
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  const digest = `sha256:${hash.digest('hex')}`;
  return { digest, size, open: () => verified(contextTar(root, files), digest) };
}

async function contextRoot(directory: string, context: string): Promise<string> {
  const tree = await realpath(directory);
  let root: string;
  try {
    root = await realpath(join(tree, context));
  } catch (error) {
    throw failure('SourceNotFound', `the source has no directory ${context}`, { cause: error });
  }
  if (!isWithin(root, tree)) {
    throw failure('ContextRefused', `the context ${context} leads out of its repository`);
  }
  if (!(await stat(root)).isDirectory()) {
    throw failure('SourceNotFound', `the context ${context} is a file; a directory is expected`);
  }
  return root;
}

function checkSize(files: readonly ContextFile[], context: string, limit: number): void {
  const sized = files.filter((file) => file.kind === 'file');
  const total = sized.reduce((sum, file) => sum + file.size, 0);
  if (total <= limit) return;
  const largest = sized
    .toSorted((a, b) => b.size - a.size)
    .slice(0, 5)
    .map((file) => `${file.path} (${mebibytes(file.size)})`);
  throw failure(
    'ContextRefused',
    `the context ${context} has ${mebibytes(total)}, at most ${mebibytes(limit)} is allowed; its largest files: ${largest.join(', ')}`,
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** The key in the store is the digest: other bytes must not get there under it. */
function verified(tar: Readable, digest: string): Readable {
  const hash = createHash('sha256');
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const found = `sha256:${hash.digest('hex')}`;
      done(
        found === digest
          ? null
          : failure(
              'SourceUnavailable',
              `the tree changed while it was packed: ${digest}, now ${found}`,
            ),
      );
    },
  });
  tar.on('error', (cause) =>
    check.destroy(
      failure('SourceUnavailable', `the tree could not be read again: ${cause.message}`, { cause }),
    ),
  );
  check.on('close', () => tar.destroy());
  return tar.pipe(check);
}
