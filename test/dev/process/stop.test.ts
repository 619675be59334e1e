import { type ChildProcess, spawn } from 'node:child_process';

import { expect, onTestFinished, test } from 'vitest';

import { identify, type ProcessIdentity } from '../../../dev/process/identity.ts';
import { stopProcess } from '../../../dev/process/stop.ts';

interface Started {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  readonly ended: Promise<NodeJS.Signals | number | null>;
}

async function start(program: string): Promise<Started> {
  const child = spawn(process.execPath, [
    '-e',
    `${program}; process.stdin.resume(); console.log('ready')`,
  ]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal ?? code);
    });
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const identity = await identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('not found');
  return { child, identity, ended };
}

test('lets a process end by itself', async () => {
  const { identity, ended } = await start("process.on('SIGTERM', () => process.exit(7))");
  await stopProcess(identity, 10_000);
  expect(await ended).toBe(7);
});

test('kills one that does not listen', async () => {
  const { identity, ended } = await start("process.on('SIGTERM', () => undefined)");
  await stopProcess(identity, 50);
  expect(await ended).toBe('SIGKILL');
});

test('kills at once without grace', async () => {
  const { identity, ended } = await start("process.on('SIGTERM', () => process.exit(7))");
  await stopProcess(identity, 0);
  expect(await ended).toBe('SIGKILL');
});

test('never signals another process that has the pid now', async () => {
  const { child, identity } = await start('');
  await stopProcess({ ...identity, startTime: '1' }, 50);
  expect(child.exitCode).toBeNull();
  expect(child.signalCode).toBeNull();
});
