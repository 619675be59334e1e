import { expect, test } from 'vitest';

import { busyboxImage, pauseImage } from '../../../../dev/tools/images/busybox.ts';
import { readStatus, withoutKeyrings } from '../../../../dev/tools/images/debian.ts';
import { references } from '../../../../dev/tools/images/push-images.ts';
import { upstreamVersion } from '../../../../dev/tools/images/recipes.ts';

test.each([
  ['1.28.2+ds1-1+b3', '1.28.2'],
  ['1:1.35.0-4+deb12u1', '1.35.0'],
  ['1.6.20~ds1-1', '1.6.20'],
  ['252', '252'],
])('%s is upstream’s %s', (debian, upstream) => {
  expect(upstreamVersion(debian)).toBe(upstream);
});

test('dpkg’s status gives each package its version', () => {
  const status = [
    'Package: buildah\nStatus: install ok installed\nVersion: 1.28.2+ds1-1\nDescription: x\n Version: 9',
    'Package: apt\nVersion: 2.6.1\n',
    'Package: removed\nStatus: deinstall ok config-files',
  ].join('\n\n');
  expect([...readStatus(status)]).toEqual([
    ['buildah', '1.28.2+ds1-1'],
    ['apt', '2.6.1'],
  ]);
});

test('an image is served under its name and every further tag', () => {
  expect(references({ name: 'library/debian:12', tags: ['bookworm'] })).toEqual([
    { repository: 'library/debian', tag: '12' },
    { repository: 'library/debian', tag: 'bookworm' },
  ]);
});

test('busybox has a link for each command, in one order whatever the program’s is', () => {
  const image = busyboxImage(Buffer.from('elf'), ['sh', 'busybox', '[', 'cat']);
  const links = image.entries.flatMap((entry) =>
    entry.type === 'symlink' && entry.target === 'busybox' ? [entry.path] : [],
  );
  expect(links).toEqual(['bin/[', 'bin/cat', 'bin/sh']);
  expect(busyboxImage(Buffer.from('elf'), ['cat', '[', 'sh'])).toEqual(image);
});

test.each([
  ['busybox', busyboxImage(Buffer.from('elf'), ['sh', 'env'])],
  ['pause', pauseImage(Buffer.from('elf'))],
])('%s: parents come before what is in them, no path twice', (_name, { entries }) => {
  const seen = new Set<string>();
  for (const { path } of entries) {
    const parent = path.split('/').slice(0, -1).join('/');
    expect(parent === '' || seen.has(parent)).toBe(true);
    expect(seen.has(path)).toBe(false);
    seen.add(path);
  }
});

test.each([
  ['/cache/debian-archive-keyring.gpg', undefined],
  [null, '/etc/apt/ours.gpg'],
])('with a keyring of our own (%s) the image’s sources name %s', (keyring, signedBy) => {
  const source = { uri: 'http://a.example/debian', suite: 'trixie', components: ['main'] };
  const [kept] = withoutKeyrings([{ ...source, signedBy: '/etc/apt/ours.gpg' }], keyring);
  expect(kept).toEqual({ ...source, ...(signedBy === undefined ? {} : { signedBy }) });
});
