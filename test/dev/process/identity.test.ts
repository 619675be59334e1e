import { spawn } from 'node:child_process';

import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import {
  identify,
  isAlive,
  isDead,
  parseStat,
  readStatWithPs,
} from '../../../dev/process/identity.ts';

const rest = 'S 77 4242 4242 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 11 0 987654 1 2 3';

describe('parseStat', () => {
  test('finds parent and start time behind any command name', () => {
    fc.assert(
      fc.property(fc.string(), (command) => {
        expect(parseStat(`4242 (${command}) ${rest}\n`)).toEqual({
          state: 'S',
          parent: 77,
          startTime: '987654',
        });
      }),
    );
  });

  test.each(['', '4242 (node)', '4242 (node) S 1'])('refuses %j', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });

  test.each([
    ['S', false],
    ['R', false],
    ['D', false],
    ['Z', true],
    ['X', true],
  ])('takes state %s for dead: %s', (state, dead) => {
    expect(isDead({ state, parent: 1, startTime: '1' })).toBe(dead);
  });
});

describe('isAlive', () => {
  test('knows this process, and not a later or earlier one of the same pid', async () => {
    const own = await identify(process.pid);
    if (own === undefined) throw new Error('not found');
    expect(await isAlive(own)).toBe(true);
    expect(await isAlive({ ...own, startTime: `${Number(own.startTime) - 1}` })).toBe(false);
    expect(await isAlive({ ...own, boot: 'the one before' })).toBe(false);
  });

  test('sees that a process has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
    onTestFinished(() => void child.kill());
    const identity = await identify(child.pid ?? 0);
    if (identity === undefined) throw new Error('not found');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await ended;
    expect(await isAlive(identity)).toBe(false);
    expect(await identify(identity.pid)).toBeUndefined();
  });
});

describe('readStatWithPs', () => {
  test('knows a process as /proc does, and tells its start', async () => {
    const found = await readStatWithPs(process.pid);
    expect(found).toMatchObject({ parent: process.ppid });
    expect(Number.isNaN(Date.parse(found?.startTime ?? ''))).toBe(false);
    expect((await readStatWithPs(process.pid))?.startTime).toBe(found?.startTime);
  });

  test('knows none of a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('close', resolve));
    expect(await readStatWithPs(child.pid ?? 0)).toBeUndefined();
  });
});
