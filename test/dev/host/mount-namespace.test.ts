import { expect, test } from 'vitest';

import { insideCommand, ownMounts } from '../../../dev/host/mount-namespace.ts';
import { instancePaths } from '../../../dev/instance/paths.ts';

const paths = instancePaths('/h');

test('own mounts are those of the namespace and the node, not the disks of the home', () => {
  const mounts = [
    '/',
    '/h',
    '/h/data',
    '/h/namespaces',
    '/h/namespaces/mount',
    '/h/node/run/netns/1',
    '/h/nodes',
  ].map((mountPoint) => ({ mountPoint, type: 'ext4' }));
  expect(ownMounts(mounts, paths).map(({ mountPoint }) => mountPoint)).toEqual([
    '/h/node/run/netns/1',
    '/h/namespaces/mount',
    '/h/namespaces',
  ]);
});

test('commands enter the namespace by its file, without a shell', () => {
  expect(insideCommand(paths)).toEqual(['nsenter', '--mount=/h/namespaces/mount', '--']);
});
