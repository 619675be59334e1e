import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { Component } from '../../../dev/process/component.ts';
import { readRecord, readRecords } from '../../../dev/process/records.ts';
import { ComponentFailed, ensureComponent, type Supervision } from '../../../dev/process/start.ts';
import { stopProcess } from '../../../dev/process/stop.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function supervision(change: Partial<Supervision> = {}): Promise<Supervision> {
  const directory = await temporaryDirectory();
  const records = join(directory, 'processes');
  onTestFinished(async () => {
    for (const { identity } of await readRecords(records)) await stopProcess(identity, 0);
  });
  return {
    logs: join(directory, 'logs'),
    records,
    workingDirectory: directory,
    environment: { MARK: 'common' },
    enterNode: [],
    adopt: async () => undefined,
    ...change,
  };
}

/** Serves once it has written its file. */
function component(directory: string, change: Partial<Component> = {}): Component {
  const file = join(directory, 'up');
  return {
    name: 'part',
    command: process.execPath,
    args: [
      '-e',
      `require('fs').writeFileSync(process.argv[1], process.env.MARK); setInterval(() => 0, 1000)`,
      file,
    ],
    environment: {},
    configuration: [],
    isOnNode: false,
    grace: 0,
    check: async () => {
      if (!existsSync(file)) throw new Error(`${file} isn't there`);
    },
    ...change,
  };
}

async function pidOf(where: Supervision): Promise<number | undefined> {
  return (await readRecord(where.records, 'part'))?.identity.pid;
}

describe('ensureComponent', () => {
  test('starts, waits for the check, and keeps what runs', async () => {
    const adopted: number[] = [];
    const where = await supervision({ adopt: async (pid) => void adopted.push(pid) });
    const part = component(where.workingDirectory);
    expect(await ensureComponent(where, part)).toBe('started');
    const pid = await pidOf(where);
    expect(adopted).toEqual([pid]);
    expect(await ensureComponent(where, part)).toBe('kept');
    expect(await pidOf(where)).toBe(pid);
    expect(await readFile(join(where.workingDirectory, 'up'), 'utf8')).toBe('common');
  });

  test.each([
    ['its configuration', { configuration: ['new'] }],
    ['a variable', { environment: { MARK: 'own' } }],
  ])('starts again when %s has changed', async (_, change) => {
    const where = await supervision();
    await ensureComponent(where, component(where.workingDirectory));
    const before = await pidOf(where);
    expect(await ensureComponent(where, component(where.workingDirectory, change))).toBe(
      'restarted',
    );
    expect(await pidOf(where)).not.toBe(before);
  });

  test('starts again what was killed', async () => {
    const where = await supervision();
    const part = component(where.workingDirectory);
    await ensureComponent(where, part);
    const record = await readRecord(where.records, 'part');
    if (record === undefined) throw new Error('no record');
    await stopProcess(record.identity, 0);
    expect(await ensureComponent(where, part)).toBe('restarted');
  });

  test('starts again what runs and fails its check', async () => {
    const where = await supervision();
    let failures = 0;
    await ensureComponent(where, component(where.workingDirectory));
    const ill = component(where.workingDirectory, {
      check: async () => {
        failures += 1;
        if (failures <= 3) throw new Error('ill');
      },
    });
    expect(await ensureComponent(where, ill)).toBe('restarted');
  });

  test('forgives a single bad answer', async () => {
    const where = await supervision();
    let asked = 0;
    await ensureComponent(where, component(where.workingDirectory));
    const busy = component(where.workingDirectory, {
      check: async () => {
        asked += 1;
        if (asked === 1) throw new Error('busy');
      },
    });
    expect(await ensureComponent(where, busy)).toBe('kept');
  });

  test('shows the log of what ends at its start, and nothing of the start before', async () => {
    const where = await supervision();
    const program = `console.error('port', process.env.PORT, 'is taken'); process.exit(1)`;
    const broken = (port: string): Component =>
      component(where.workingDirectory, { args: ['-e', program], environment: { PORT: port } });
    await expect(ensureComponent(where, broken('0'))).rejects.toThrow(ComponentFailed);
    await expect(ensureComponent(where, broken('1'))).rejects.toThrow(
      /part ended[^]*port 1 is taken/,
    );
    await expect(ensureComponent(where, broken('2'))).rejects.toThrow(
      /part ended[^\n]*:\nport 2 is taken$/,
    );
  });

  test('gives up on what never becomes ready, with the reason', async () => {
    const where = await supervision();
    const slow = component(where.workingDirectory, {
      check: () => Promise.reject(new Error('not yet')),
    });
    const failure = await ensureComponent(where, slow, 100).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: expect.stringContaining("part didn't become ready within 0.1 s"),
      cause: new Error('not yet'),
    });
  });

  test('says which program is missing', async () => {
    const where = await supervision();
    const missing = component(where.workingDirectory, { command: '/nonexistent/etcd' });
    await expect(ensureComponent(where, missing)).rejects.toThrow('/nonexistent/etcd');
  });

  test('takes a damaged record for none', async () => {
    const where = await supervision();
    await ensureComponent(where, component(where.workingDirectory));
    const record = await readRecord(where.records, 'part');
    if (record === undefined) throw new Error('no record');
    await stopProcess(record.identity, 0);
    await writeFile(join(where.records, 'part.json'), '{"name":');
    expect(await ensureComponent(where, component(where.workingDirectory))).toBe('started');
  });
});
