import { spawn } from 'node:child_process';

import { describe, expect, onTestFinished, test } from 'vitest';

import {
  instanceVariable,
  type MarkedProcess,
  markedProcesses,
  unrecorded,
} from '../../../dev/process/marked.ts';

function marked(pid: number, parent: number, program = '/cache/bin/etcd'): MarkedProcess {
  return { identity: { pid, startTime: '1', boot: 'b' }, parent, program };
}

describe('unrecorded', () => {
  test.each([
    ['a recorded process', [marked(10, 1)], [10], []],
    ['one that a killed `up` could not record', [marked(10, 1)], [], [10]],
    ['a child of a recorded process', [marked(10, 1), marked(11, 10)], [10], []],
    ['an unrecorded process with its child', [marked(10, 1), marked(11, 10)], [], [10]],
    ["containerd's shim", [marked(10, 1, '/usr/bin/containerd-shim-runc-v2')], [], []],
    ['containerd itself', [marked(10, 1, '/usr/bin/containerd')], [], [10]],
    [
      'a program below a directory of that name',
      [marked(10, 1, '/containerd-shim/etcd')],
      [],
      [10],
    ],
  ])('judges %s', (_, processes, recorded, expected) => {
    const found = unrecorded(processes, new Set(recorded));
    expect(found.map(({ identity }) => identity.pid)).toEqual(expected);
  });
});

describe('markedProcesses', () => {
  test('finds a process by the instance that it inherited, and by no part of its name', async () => {
    const name = `slipway-test-${process.pid}`;
    const child = spawn(process.execPath, ['-e', 'console.log("ready"); process.stdin.resume()'], {
      env: { [instanceVariable]: name },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const found = await markedProcesses(name);
    expect(found).toMatchObject([
      { identity: { pid: child.pid }, parent: process.pid, program: process.execPath },
    ]);
    expect(await markedProcesses(name.slice(0, -1))).toEqual([]);
  });
});
