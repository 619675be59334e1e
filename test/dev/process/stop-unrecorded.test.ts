import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, onTestFinished, test } from 'vitest';

import { identify } from '../../../dev/process/identity.ts';
import { instanceVariable } from '../../../dev/process/marked.ts';
import { writeRecord } from '../../../dev/process/records.ts';
import { stopUnrecorded } from '../../../dev/process/stop-unrecorded.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function startMarked(instance: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => 0, 1000)'], {
    env: { [instanceVariable]: instance },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

test('ends what an instance started and did not record, and nothing else', async () => {
  const records = await temporaryDirectory();
  const own = `slipway-test-${process.pid}`;
  const [forgotten, recorded, other] = await Promise.all([
    startMarked(own),
    startMarked(own),
    startMarked(`${own}0`),
  ]);
  const identity = await identify(recorded.pid ?? 0);
  if (identity === undefined) throw new Error('not found');
  const startedAt = new Date().toISOString();
  await writeRecord(records, { name: 'etcd', identity, fingerprint: '', grace: 0, startedAt });
  const ended = once(forgotten, 'exit');
  await stopUnrecorded(records, own);
  expect(await ended).toEqual([null, 'SIGTERM']);
  for (const child of [recorded, other])
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
});
