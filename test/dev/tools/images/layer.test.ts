import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import type { Header } from 'tar-stream';
import { extract, pack } from 'tar-stream';
import { expect, test } from 'vitest';

import type { LayerEntry } from '../../../../dev/tools/images/layer.ts';
import {
  certificateEntries,
  layerOf,
  layerTime,
  rewriteLayer,
  withoutRepeats,
} from '../../../../dev/tools/images/layer.ts';
import { scratchDirectory } from '../support.ts';

type Seen = Header & { readonly content: string };

async function readLayer(layer: Readable): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  const entries = extract();
  const read = async (): Promise<void> => {
    for await (const entry of entries) {
      expect(seen.has(entry.header.name)).toBe(false);
      seen.set(entry.header.name, { ...entry.header, content: await text(entry) });
    }
  };
  await Promise.all([pipeline(layer, entries), read()]);
  return seen;
}

async function tarFile(
  headers: readonly (Partial<Header> & { name: string; content?: string })[],
): Promise<string> {
  const tar = pack();
  for (const { content, ...header } of headers) {
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  }
  tar.finalize();
  const path = join(await scratchDirectory(), 'root.tar');
  await pipeline(tar, createWriteStream(path));
  return path;
}

const nothing = { path: '', onFile: (): void => {} };

test('entries become a tar owned by root with one time', async () => {
  const layer = await readLayer(
    layerOf([
      { type: 'directory', path: 'tmp', mode: 0o1777 },
      { type: 'file', path: 'tmp/tool', content: 'tool', mode: 0o755 },
      { type: 'symlink', path: 'tmp/link', target: 'tool' },
    ]),
  );
  expect(layer.get('tmp')).toMatchObject({ type: 'directory', mode: 0o1777 });
  expect(layer.get('tmp/tool')).toMatchObject({ mode: 0o755, content: 'tool' });
  expect(layer.get('tmp/link')).toMatchObject({ type: 'symlink', linkname: 'tool' });
  for (const entry of layer.values())
    expect(entry).toMatchObject({ uid: 0, gid: 0, mtime: layerTime });
});

test('a rewritten layer keeps modes, owners and links, and loses the builder’s names', async () => {
  const path = await tarFile([
    { name: './', type: 'directory' },
    { name: './bin/', type: 'directory', mode: 0o755 },
    {
      name: './bin/su',
      mode: 0o4755,
      uid: 0,
      gid: 43,
      uname: 'root',
      gname: 'utmp',
      content: 'su',
    },
    { name: './bin/hard', type: 'link', linkname: './bin/su' },
    { name: './bin/soft', type: 'symlink', linkname: '../bin/su' },
  ]);
  const layer = await readLayer(rewriteLayer(path, [], () => false, nothing));
  expect([...layer.keys()]).toEqual(['bin', 'bin/su', 'bin/hard', 'bin/soft']);
  expect(layer.get('bin/su')).toMatchObject({
    mode: 0o4755,
    gid: 43,
    uname: '',
    gname: '',
    content: 'su',
  });
  expect(layer.get('bin/hard')).toMatchObject({ type: 'link', linkname: 'bin/su' });
  expect(layer.get('bin/soft')).toMatchObject({ type: 'symlink', linkname: '../bin/su' });
});

test('a rewritten layer has the new files in place of the old ones, and not what is dropped', async () => {
  const path = await tarFile([
    { name: './etc', type: 'directory', mode: 0o711 },
    { name: './etc/old', content: 'old' },
    { name: './etc/hostname', content: 'builder' },
    { name: './etc/kept', content: 'kept' },
  ]);
  const entries: readonly LayerEntry[] = [
    { type: 'directory', path: 'etc' },
    { type: 'file', path: 'etc/old', content: 'new' },
    { type: 'directory', path: 'opt' },
    { type: 'directory', path: 'opt' },
  ];
  const layer = await readLayer(
    rewriteLayer(path, entries, (each) => each === 'etc/hostname', nothing),
  );
  expect([...layer.keys()].toSorted()).toEqual(['etc', 'etc/kept', 'etc/old', 'opt']);
  expect(layer.get('etc')?.mode).toBe(0o711);
  expect(layer.get('etc/old')?.content).toBe('new');
});

test('one file is seen on its way', async () => {
  const path = await tarFile([
    { name: './status', content: 'x'.repeat(200_000) },
    { name: './other', content: 'y' },
  ]);
  let length = 0;
  const watched = { path: 'status', onFile: (content: Buffer) => void (length = content.length) };
  const layer = await readLayer(rewriteLayer(path, [], () => false, watched));
  expect(length).toBe(200_000);
  expect(layer.get('status')?.content).toHaveLength(200_000);
});

test('a tar that can’t be read fails the layer', async () => {
  const path = join(await scratchDirectory(), 'absent.tar');
  await expect(readLayer(rewriteLayer(path, [], () => false, nothing))).rejects.toThrow('ENOENT');
});

test('certificates lie where ca-certificates has them, and where it finds them again', async () => {
  const entries = certificateEntries({ bundle: 'all', added: ['one', 'two'] });
  const layer = await readLayer(layerOf(withoutRepeats(entries)));
  const files = [...layer.values()].filter(({ type }) => type === 'file');
  expect(files.map(({ name, content }) => [name, content])).toEqual([
    ['etc/ssl/certs/ca-certificates.crt', 'all'],
    ['usr/local/share/ca-certificates/slipway-host-0.crt', 'one'],
    ['usr/local/share/ca-certificates/slipway-host-1.crt', 'two'],
  ]);
  expect(layer.has('usr/local/share/ca-certificates')).toBe(true);
  expect(certificateEntries({ bundle: '', added: [] })).toEqual([]);
});
