import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';

// Far above any description of a package: what is larger is none.
const largestDescription = 16 * 1024 * 1024;

/**
 * The content of one small entry of a zip, or null when it has no such entry. Rejects with the
 * reader's own error when `archive` is no zip.
 */
export async function readEntry(archive: Buffer, path: string): Promise<Buffer | null> {
  const zip = await fromBufferPromise(archive);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== path || entry.uncompressedSize > largestDescription) continue;
    return buffer(await zip.openReadStreamPromise(entry));
  }
  return null;
}

/**
 * What a package says of itself in its entry `path`; null when `archive` is no package of this kind:
 * someone else can have put anything in its place.
 *
 * @param parse throws when the text is no such description
 */
export async function readDescription<T>(
  archive: Buffer,
  path: string,
  parse: (text: string) => T,
): Promise<T | null> {
  try {
    const text = await readEntry(archive, path);
    return text === null ? null : parse(text.toString('utf8'));
  } catch {
    return null;
  }
}

/**
 * All entries of a zip by their paths. Rejects when a path is there twice, of which readers choose
 * one or the other, when the entries are larger than the archive, and with the reader's own error
 * when `archive` is no zip.
 */
export async function readEntries(archive: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const zip = await fromBufferPromise(archive);
  const entries = new Map<string, Buffer>();
  let room = archive.length;
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) throw new Error(`${entry.fileName} is in the archive twice`);
    // Nothing in a package is compressed: what unpacks to more than the archive is none. All entries
    // together, because many can share the same bytes.
    room -= entry.uncompressedSize;
    if (room < 0) {
      throw new Error(`${entry.fileName} claims ${entry.uncompressedSize} bytes`);
    }
    entries.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return entries;
}
