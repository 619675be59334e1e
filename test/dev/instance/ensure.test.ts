import { type AddressInfo, createServer } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { ensureInstanceAt, ensurePorts } from '../../../dev/instance/ensure.ts';
import { deriveIdentity } from '../../../dev/instance/identity.ts';
import { instancePaths } from '../../../dev/instance/paths.ts';
import { type PortName, standardPorts } from '../../../dev/instance/ports.ts';
import { readInstance, writeInstance } from '../../../dev/instance/record.ts';
import { identify } from '../../../dev/process/identity.ts';
import { writeRecord } from '../../../dev/process/records.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { recordingReporter } from '../tools/support.ts';

/** A port of 127.0.0.1 that something listens on. */
async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function instanceWith(ports: Partial<Record<PortName, number>>) {
  const paths = instancePaths(await temporaryDirectory());
  const instance = await ensureInstanceAt(paths, '127.0.0.1');
  const next = { ...instance, ports: { ...instance.ports, ...ports } };
  await writeInstance(paths, next);
  return { paths, instance: next };
}

describe('ensureInstanceAt', () => {
  test('gives Pods the address and keeps the rest on loopback', async () => {
    const paths = instancePaths(await temporaryDirectory());
    const instance = await ensureInstanceAt(paths, '192.0.2.7');
    expect(instance).toEqual({
      ...deriveIdentity(paths.home),
      home: paths.home,
      subnet: { cidr: '192.0.2.7/32', gateway: '192.0.2.7', loopback: '127.0.0.1' },
      ports: standardPorts,
    });
    expect(await readInstance(paths)).toEqual(instance);
  });

  test('keeps its ports when the address changes', async () => {
    const { paths } = await instanceWith({ registry: 5001 });
    const moved = await ensureInstanceAt(paths, '192.0.2.8');
    expect(moved.ports).toEqual({ ...standardPorts, registry: 5001 });
  });
});

describe('ensurePorts', () => {
  test('replaces a taken port, says so, and keeps the new one', async () => {
    const { paths, instance } = await instanceWith({ registry: await takenPort() });
    const reporter = recordingReporter();
    const next = await ensurePorts(paths, instance, reporter, ['registry']);
    expect(next.ports.registry).not.toBe(instance.ports.registry);
    expect(reporter.lines).toEqual([
      `warning: Port ${instance.ports.registry} is taken; registry uses ${next.ports.registry}.`,
    ]);
    expect(await readInstance(paths)).toEqual(next);
    expect(await ensurePorts(paths, next, reporter, ['registry'])).toEqual(next);
  });

  test('lets ports be that do not matter', async () => {
    const { paths, instance } = await instanceWith({ apiServer: await takenPort() });
    const reporter = recordingReporter();
    expect(await ensurePorts(paths, instance, reporter, ['temporalMetrics'])).toMatchObject({
      ports: { apiServer: instance.ports.apiServer },
    });
    expect(reporter.lines.filter((line) => line.includes('apiserver'))).toEqual([]);
  });

  test('knows the ports that its own process holds', async () => {
    const { paths, instance } = await instanceWith({ registry: await takenPort() });
    const identity = await identify(process.pid);
    if (identity === undefined) throw new Error('not found');
    const startedAt = new Date().toISOString();
    const record = { name: 'registry', identity, fingerprint: '', grace: 0, startedAt };
    await writeRecord(paths.processes, record);
    expect(await ensurePorts(paths, instance, recordingReporter(), ['registry'])).toEqual(instance);
  });
});
