import { describe, expect, test } from 'vitest';

import { mountsUnder, parseMountInfo } from '../../../dev/host/mounts.ts';

const text = [
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard',
  '60 27 254:0 /h/namespaces /h/namespaces rw,relatime shared:3 master:1 - ext4 /dev/vda rw',
  '61 60 0:4 mnt:[4026532201] /h/namespaces/mount rw - nsfs nsfs rw',
  '62 27 0:50 / /h2/data rw - tmpfs tmpfs rw',
  String.raw`63 27 0:51 / /with\040space\134tab rw - tmpfs tmpfs rw`,
  '',
].join('\n');

describe('parseMountInfo', () => {
  test('finds mount point and type behind any number of optional fields', () => {
    expect(parseMountInfo(text)).toEqual([
      { mountPoint: '/', type: 'ext4' },
      { mountPoint: '/h/namespaces', type: 'ext4' },
      { mountPoint: '/h/namespaces/mount', type: 'nsfs' },
      { mountPoint: '/h2/data', type: 'tmpfs' },
      { mountPoint: String.raw`/with space\tab`, type: 'tmpfs' },
    ]);
  });
});

describe('mountsUnder', () => {
  test('gives the latest first, and nothing of a directory with a longer name', () => {
    const found = mountsUnder(parseMountInfo(text), '/h').map((mount) => mount.mountPoint);
    expect(found).toEqual(['/h/namespaces/mount', '/h/namespaces']);
  });

  test('counts a mount on the directory itself', () => {
    expect(mountsUnder([{ mountPoint: '/h', type: 'ext4' }], '/h')).toHaveLength(1);
  });
});
