import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Component } from '../../../dev/process/component.ts';
import {
  fingerprintOf,
  readRecord,
  readRecords,
  removeRecord,
  writeRecord,
} from '../../../dev/process/records.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const component: Component = {
  name: 'etcd',
  command: '/bin/etcd',
  args: ['--a', '--b'],
  environment: { A: '1', B: '2' },
  configuration: ['x', 'y'],
  isOnNode: false,
  grace: 1,
  check: () => Promise.resolve(),
};
const record = {
  name: 'etcd',
  identity: { pid: 7, startTime: '9', boot: 'b' },
  fingerprint: 'f',
  grace: 500,
  startedAt: '2030-01-01T00:00:00Z',
};

describe('the fingerprint of a component', () => {
  test.each<[string, Partial<Component>]>([
    ['its program', { command: '/usr/bin/etcd' }],
    ['an argument', { args: ['--a', '--c'] }],
    ['the order of arguments', { args: ['--b', '--a'] }],
    ['where an argument ends', { args: ['--a --b'] }],
    ['a variable', { environment: { A: '1', B: '3' } }],
    ['a configuration', { configuration: ['x', 'z'] }],
    ['where a configuration ends', { configuration: ['xy'] }],
  ])('changes with %s', (_, change) => {
    expect(fingerprintOf({ ...component, ...change })).not.toBe(fingerprintOf(component));
  });

  test.each<[string, Partial<Component>]>([
    ['the order of variables', { environment: { B: '2', A: '1' } }],
    ['its grace', { grace: 2 }],
  ])('does not change with %s', (_, change) => {
    expect(fingerprintOf({ ...component, ...change })).toBe(fingerprintOf(component));
  });

  test('shows nothing of a secret', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (secret) => {
        expect(fingerprintOf({ ...component, environment: { secret } })).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });
});

describe('records', () => {
  test('are found by name and together, until they are removed', async () => {
    const directory = await temporaryDirectory();
    await writeRecord(directory, record);
    await writeRecord(directory, { ...record, name: 'minio' });
    expect(await readRecord(directory, 'etcd')).toEqual(record);
    expect((await readRecords(directory)).map(({ name }) => name).toSorted()).toEqual([
      'etcd',
      'minio',
    ]);
    await removeRecord(directory, 'etcd');
    await removeRecord(directory, 'etcd');
    expect(await readRecord(directory, 'etcd')).toBeUndefined();
    expect(await readRecords(directory)).toHaveLength(1);
  });

  test('that are damaged are none; other files are not looked at', async () => {
    const directory = await temporaryDirectory();
    await writeRecord(directory, record);
    await writeFile(join(directory, 'minio.json'), '{"name":"minio"}');
    await writeFile(join(directory, 'etcd.json.123.tmp'), '{');
    expect(await readRecords(directory)).toEqual([record]);
  });

  test('are none without a directory', async () => {
    expect(await readRecords(join(await temporaryDirectory(), 'missing'))).toEqual([]);
  });
});
