import { createReadStream } from 'node:fs';
import { PassThrough, pipeline as callbackPipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Header, Pack } from 'tar-stream';
import { extract, pack } from 'tar-stream';

import type { HostCertificates } from './host-certificates.ts';
import { addedDirectory, bundlePath } from './host-certificates.ts';

/**
 * The time of files that have no better one: the day Debian 12 came out. Not 1970, because zip and
 * what is built on it can't hold a time before 1980.
 */
export const layerTime = new Date('2023-06-10T00:00:00Z');

/** One entry of a layer; parents come before what is in them. */
export type LayerEntry =
  | { readonly type: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly type: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly type: 'file';
      readonly path: string;
      readonly content: string | Buffer;
      readonly mode?: number;
    };

/** The entries that make an image trust what this machine trusts. */
export function certificateEntries(certificates: HostCertificates): readonly LayerEntry[] {
  if (certificates.bundle === '') return [];
  const added = certificates.added.map((content, index): LayerEntry => {
    return { type: 'file', path: `${addedDirectory}/slipway-host-${index}.crt`, content };
  });
  return [
    ...directories(bundlePath),
    { type: 'file', path: bundlePath, content: certificates.bundle },
    ...(added.length === 0 ? [] : directories(`${addedDirectory}/x`)),
    ...added,
  ];
}

/** The entries without directories that were there before; the first one's mode counts. */
export function withoutRepeats(entries: readonly LayerEntry[]): readonly LayerEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ path, type }) => {
    const repeated = type === 'directory' && seen.has(path);
    seen.add(path);
    return !repeated;
  });
}

/** An uncompressed tar of the entries, all owned by root, with one fixed time. */
export function layerOf(entries: readonly LayerEntry[]): Readable {
  const tar = pack();
  for (const entry of entries) addEntry(tar, entry);
  tar.finalize();
  return nodeStream(tar);
}

/**
 * The tar file with entries put in or replaced, and without those that `isDropped` names by path
 * (no leading `./`). `onFile` sees the content of one file on its way.
 */
export function rewriteLayer(
  tarFile: string,
  entries: readonly LayerEntry[],
  isDropped: (path: string) => boolean,
  watched: { readonly path: string; readonly onFile: (content: Buffer) => void },
): Readable {
  const replaced = new Set(entries.filter(({ type }) => type !== 'directory').map(pathOf));
  const seen = new Set<string>();
  const tar = pack();
  const source = extract();
  source.on('entry', (header, stream, next) => {
    const path = header.name.replace(/^\.\//, '').replace(/\/$/, '');
    if (path === '' || path === '.' || replaced.has(path) || isDropped(path)) {
      stream.on('end', next);
      stream.resume();
      return;
    }
    seen.add(path);
    const through = new PassThrough();
    if (path === watched.path) collect(through, watched.onFile);
    callbackPipeline(stream, through, tar.entry(plainHeader(header, path)), next);
  });
  const output = nodeStream(tar);
  output.once('close', () => source.destroy());
  pipeline(createReadStream(tarFile), source).then(
    () => {
      for (const entry of withoutRepeats(entries)) {
        if (entry.type !== 'directory' || !seen.has(entry.path)) addEntry(tar, entry);
      }
      tar.finalize();
    },
    (error: Error) => output.destroy(error),
  );
  return output;
}

/** tar-stream has streams of its own kind; whoever reads the result sees their failure. */
function nodeStream(tar: Pack): Readable {
  const output = new PassThrough();
  pipeline(tar, output).catch((error: Error) => output.destroy(error));
  return output;
}

function addEntry(tar: Pack, entry: LayerEntry): void {
  const common = { name: entry.path, mtime: layerTime, uid: 0, gid: 0 };
  switch (entry.type) {
    case 'directory':
      tar.entry({ ...common, type: 'directory', mode: entry.mode ?? 0o755 });
      return;
    case 'symlink':
      tar.entry({ ...common, type: 'symlink', linkname: entry.target, mode: 0o777 });
      return;
    case 'file':
      tar.entry({ ...common, type: 'file', mode: entry.mode ?? 0o644 }, entry.content);
      return;
    default:
      assertNever(entry);
  }
}

/** Without the builder machine's user names; numbers are what counts in an image. */
function plainHeader(header: Header, path: string): Header {
  const { linkname, type } = header;
  const target = type === 'link' ? linkname.replace(/^\.\//, '') : linkname;
  return { ...header, name: path, linkname: target, uname: '', gname: '' };
}

function directories(path: string): readonly LayerEntry[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => {
    return { type: 'directory', path: parts.slice(0, index + 1).join('/') };
  });
}

function collect(stream: PassThrough, onFile: (content: Buffer) => void): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => onFile(Buffer.concat(chunks)));
}

function pathOf(entry: LayerEntry): string {
  return entry.path;
}

function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
