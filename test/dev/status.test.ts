import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { describeEnvironment } from '../../dev/describe-environment.ts';
import { deriveIdentity } from '../../dev/instance/identity.ts';
import { instancePaths } from '../../dev/instance/paths.ts';
import { writeInstance } from '../../dev/instance/record.ts';
import { identify } from '../../dev/process/identity.ts';
import { writeRecord } from '../../dev/process/records.ts';
import { status } from '../../dev/status.ts';
import { devSetting } from '../support/dev-setting.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function home(parts: {
  instance?: true;
  running?: true;
  ended?: true;
  environment?: true;
}): Promise<string> {
  const directory = await temporaryDirectory();
  const paths = instancePaths(directory);
  const setting = devSetting(directory);
  const identity = await identify(process.pid);
  if (identity === undefined) throw new Error('not found');
  const record = { identity, fingerprint: '', grace: 0, startedAt: '2030-01-01T00:00:00Z' };
  if (parts.instance) await writeInstance(paths, setting.instance);
  if (parts.running) await writeRecord(paths.processes, { ...record, name: 'etcd' });
  if (parts.ended) {
    await writeRecord(paths.processes, {
      ...record,
      name: 'minio',
      identity: { ...identity, startTime: '1' },
    });
  }
  if (parts.environment)
    await writeFile(paths.environment, JSON.stringify(describeEnvironment(setting, [], [], {})));
  return directory;
}

test.each([
  ['absent', {}],
  ['down', { instance: true }],
  ['up', { instance: true, running: true, environment: true }],
  ['incomplete', { instance: true, running: true }],
  ['incomplete', { instance: true, running: true, ended: true, environment: true }],
] as const)('is %s for %j', async (state, parts) => {
  expect(await status({ home: await home(parts) })).toMatchObject({ state });
});

test('is absent without a directory', async () => {
  const missing = join(await temporaryDirectory(), 'missing');
  expect(await status({ home: missing })).toMatchObject({ state: 'absent', components: [] });
});

test('lists what runs and what has ended', async () => {
  const directory = await home({ instance: true, running: true, ended: true, environment: true });
  const { components, instance, environment } = await status({ home: directory });
  expect(instance).toBe(deriveIdentity(directory).name);
  expect(environment?.home).toBe(directory);
  expect(components.toSorted((one, other) => (one.name < other.name ? -1 : 1))).toEqual([
    { name: 'etcd', pid: process.pid, isRunning: true, startedAt: '2030-01-01T00:00:00Z' },
    { name: 'minio', pid: process.pid, isRunning: false, startedAt: '2030-01-01T00:00:00Z' },
  ]);
});
