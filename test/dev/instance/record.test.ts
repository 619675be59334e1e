import { writeFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { deriveIdentity } from '../../../dev/instance/identity.ts';
import { instancePaths } from '../../../dev/instance/paths.ts';
import { standardPorts } from '../../../dev/instance/ports.ts';
import { type Instance, readInstance, writeInstance } from '../../../dev/instance/record.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const subnet = { cidr: '10.70.1.0/24', gateway: '10.70.1.1', loopback: '127.70.1.1' };

function instanceOf(home: string): Instance {
  return { ...deriveIdentity(home), home, subnet, ports: { ...standardPorts, registry: 5101 } };
}

test('is read as it was written', async () => {
  const paths = instancePaths(await temporaryDirectory());
  expect(await readInstance(paths)).toBeUndefined();
  await writeInstance(paths, instanceOf(paths.home));
  expect(await readInstance(paths)).toEqual(instanceOf(paths.home));
});

test('takes the names of its directory, not of the one that it was copied from', async () => {
  const paths = instancePaths(await temporaryDirectory());
  await writeInstance(paths, instanceOf('/somewhere/else'));
  const read = await readInstance(paths);
  expect(read).toMatchObject({ ...deriveIdentity(paths.home), home: paths.home, subnet });
});

test.each(['', '{', '{}', '{"ports":{}}'])(
  'refuses %j and says how to start afresh',
  async (text) => {
    const paths = instancePaths(await temporaryDirectory());
    await writeFile(paths.instance, text);
    await expect(readInstance(paths)).rejects.toThrow('slipway dev down --purge');
  },
);
