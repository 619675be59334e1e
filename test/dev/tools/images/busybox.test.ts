import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { busyboxImage, pauseImage, readBusybox } from '../../../../dev/tools/images/busybox.ts';
import { readStatus } from '../../../../dev/tools/images/debian.ts';
import type { LayerEntry } from '../../../../dev/tools/images/layer.ts';
import { scratchDirectory, writeScript } from '../support.ts';

const binary = Buffer.from('static');

function links(entries: readonly LayerEntry[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.flatMap((entry) => (entry.type === 'symlink' ? [[entry.path, entry.target]] : [])),
  );
}

describe.each([
  ['pause', pauseImage(binary)],
  ['busybox', busyboxImage(binary, ['sh', 'ls', 'busybox', '['])],
])('the image %s', (_, image) => {
  test('has each directory before what is in it', () => {
    const seen = new Set(['.']);
    for (const { path, type } of image.entries) {
      expect(seen).toContain(join(path, '..'));
      if (type === 'directory') seen.add(path);
    }
  });

  test('holds the program, executable, and has a search path that leads to it', () => {
    const program = image.entries.find(({ path }) => path === 'bin/busybox');
    expect(program).toMatchObject({ type: 'file', content: binary, mode: 0o755 });
    expect(image.config.Env?.[0]?.split(':')).toContain('/bin');
  });
});

test('busybox has a link for each command, none to itself, and the same whatever the order', () => {
  const { entries } = busyboxImage(binary, ['sh', 'busybox', '[']);
  expect(links(entries)).toEqual({
    'bin/[': 'busybox',
    'bin/sh': 'busybox',
    'usr/bin/env': '../../bin/env',
  });
  expect(busyboxImage(binary, ['[', 'sh'])).toEqual(busyboxImage(binary, ['sh', '[']));
});

test('only root reads /root, and everybody writes to /tmp', () => {
  const { entries } = busyboxImage(binary, []);
  const mode = (path: string): unknown => entries.find((entry) => entry.path === path);
  expect(mode('root')).toMatchObject({ mode: 0o700 });
  expect(mode('tmp')).toMatchObject({ mode: 0o1777 });
});

test('the pause image waits with a command that it has', () => {
  const { entries, config } = pauseImage(binary);
  expect(`/${Object.keys(links(entries))[0]}`).toBe(config.Entrypoint?.[0]);
});

test('the program is asked for its commands, and odd lines are left out', async () => {
  const path = join(await scratchDirectory(), 'busybox');
  await writeScript(path, `printf '%s\\n' '[' '[[' ash 'e2fsck.x' '../evil' 'two words' ''`);
  const { applets, binary: content } = await readBusybox({ busybox: path, environment: {} });
  expect(applets).toEqual(['[', '[[', 'ash', 'e2fsck.x']);
  expect(content.toString()).toContain('printf');
});

test.each([
  ['', []],
  [
    'Package: buildah\nStatus: install ok installed\nVersion: 1.28.2+ds1-1\n\nPackage: tar\nVersion: 1:1.34\nDescription: x\n Version: no\n',
    [
      ['buildah', '1.28.2+ds1-1'],
      ['tar', '1:1.34'],
    ],
  ],
  ['Package: half\nStatus: deinstall\n\nVersion: 1\n', []],
])('dpkg’s status %j', (text, expected) => {
  expect([...readStatus(text)]).toEqual(expected);
});
