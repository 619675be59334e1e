import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { compareText } from '../support/canonical.ts';
import { sha256 } from '../support/digest.ts';

export interface ArchiveEntry {
  readonly path: string;
  readonly content: Buffer;
}

export const sumsPath = 'SHA256SUMS';
const fileMode = 0o100644;

/**
 * A zip of the entries and of `SHA256SUMS` over them (as `sha256sum --check` reads it). Its bytes
 * depend on paths and contents alone: not on the entries' order, the time, the time zone, or the
 * zlib in use, because nothing is compressed.
 */
export async function writeArchive(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const sorted = [...entries, { path: sumsPath, content: sums(entries) }].toSorted((a, b) =>
    compareText(a.path, b.path),
  );
  const zip = new ZipFile();
  // yazl writes the local time's fields: so the fixed time is one of the local time, and the
  // extension that would add the same moment in UTC is off. Noon, because no zone skips it.
  const mtime = new Date(2000, 0, 1, 12, 0, 0);
  for (const { path, content } of sorted) {
    zip.addBuffer(content, path, {
      mtime,
      mode: fileMode,
      compress: false,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  return buffer(zip.outputStream);
}

function sums(entries: readonly ArchiveEntry[]): Buffer {
  const lines = entries
    .toSorted((a, b) => compareText(a.path, b.path))
    .map(({ path, content }) => `${sha256(content)}  ${path}\n`);
  return Buffer.from(lines.join(''));
}
