import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack, type Header, type Pack } from 'tar-stream';
import { assertNever } from '../../workflows/contract/assert-never.ts';
import type { ContextFile } from './context-files.ts';

/**
 * Nothing but names, contents, links and the executable bit comes from the disk. The time is one
 * that is after 1980 in every time zone: zip-based tools (Python wheels) refuse older files.
 */
const fixed = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date('2000-01-01T00:00:00Z') };

/** Bytes up to which a file is read at once; larger ones are streamed. */
const smallFile = 1024 * 1024;

/**
 * The canonical tar of a context (ustar, pax headers for what does not fit): the same bytes for
 * the same files, whatever the machine, user, umask, times, or order on disk. Every call reads the
 * files anew; a file that changes its size meanwhile breaks the stream.
 *
 * @param files sorted, as `listContext` returns them
 */
export function contextTar(root: string, files: readonly ContextFile[]): Readable {
  return Readable.from(chunks(root, files), { objectMode: false });
}

async function* chunks(root: string, files: readonly ContextFile[]): AsyncGenerator<Buffer> {
  const archive = pack();
  const filled = fill(archive, root, files).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    for await (const chunk of archive) yield chunk as Buffer;
  } finally {
    archive.destroy();
    await filled;
  }
}

async function fill(archive: Pack, root: string, files: readonly ContextFile[]): Promise<void> {
  for (const file of files) await add(archive, root, file);
}

async function add(archive: Pack, root: string, file: ContextFile): Promise<void> {
  switch (file.kind) {
    case 'directory':
      return entry(archive, { name: `${file.path}/`, type: 'directory', mode: 0o755 });
    case 'link':
      return entry(archive, {
        name: file.path,
        type: 'symlink',
        linkname: file.target,
        mode: 0o777,
      });
    case 'file': {
      const { path, size } = file;
      const mode = file.executable ? 0o755 : 0o644;
      const source = join(root, path);
      return entry(
        archive,
        { name: path, type: 'file', mode, size },
        size <= smallFile ? await readFile(source) : createReadStream(source),
      );
    }
    default:
      return assertNever(file);
  }
}

/** Ends when the entry is complete, so that one file is read at a time and nothing piles up. */
function entry(
  archive: Pack,
  header: Partial<Header> & Pick<Header, 'name'>,
  body?: Buffer | Readable,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = archive.entry({ ...fixed, ...header }, (error) => {
      if (error) reject(error);
      else resolve();
    });
    if (Buffer.isBuffer(body)) sink.end(body);
    else if (body !== undefined) body.on('error', (error) => sink.destroy(error)).pipe(sink);
    // A broken entry destroys the archive, whose reader gets the error.
    sink.on('error', () => undefined);
  });
}
