import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { withLock } from '../../../dev/tools/lock.ts';
import { run } from '../../../dev/tools/run.ts';
import { scratchDirectory } from './support.ts';

const quick = { pollMs: 5 };

test('nobody else works while the lock is held, and it is gone afterwards', async () => {
  const directory = await scratchDirectory();
  const path = join(directory, 'sub', 'lock');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(path, quick, work)));
  expect(most).toBe(1);
  expect(await readdir(join(directory, 'sub'))).toEqual([]);
});

test('who waits is told for whom', async () => {
  const path = join(await scratchDirectory(), 'lock');
  const holders: number[] = [];
  const whileWaiting = async (holder: number, wait: () => Promise<void>): Promise<void> => {
    holders.push(holder);
    release();
    await wait();
  };
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let second: Promise<string> | undefined;
  await withLock(path, quick, async () => {
    second = withLock(path, { ...quick, whileWaiting }, async () => 'second');
    await held;
  });
  expect(await second).toBe('second');
  expect(holders).toEqual([process.pid]);
});

test('the lock is released when the work fails', async () => {
  const path = join(await scratchDirectory(), 'lock');
  const failing = withLock(path, quick, async () => {
    throw new Error('broken');
  });
  await expect(failing).rejects.toThrow('broken');
  expect(await withLock(path, quick, async () => 'again')).toBe('again');
});

async function endedProcess(): Promise<string> {
  return (await run('sh', ['-c', 'echo $$'], { environment: process.env })).trim();
}

test.each<[string, () => Promise<string>]>([
  ['of a process that has ended', async () => `${await endedProcess()} 12345`],
  // The id is in use, but by a process that started at another time.
  ['of a process whose id was given again', async () => `${process.pid} 1`],
  ['that is not readable', async () => 'nonsense'],
  ['that is empty', async () => ''],
])('a lock %s is taken over', async (_name, record) => {
  const directory = await scratchDirectory();
  const path = join(directory, 'lock');
  await writeFile(path, await record());
  const seen = await withLock(path, quick, () => readFile(path, 'utf8'));
  expect(seen).toMatch(new RegExp(`^${process.pid} \\d+$`));
  expect(await readdir(directory)).toEqual([]);
});

test('waiting ends with an abort and leaves the holder its lock', async () => {
  const directory = await scratchDirectory();
  const path = join(directory, 'lock');
  await withLock(path, quick, async () => {
    const abort = new AbortController();
    const whileWaiting = async (_holder: number, wait: () => Promise<void>): Promise<void> => {
      abort.abort();
      await wait();
    };
    const options = { ...quick, signal: abort.signal, whileWaiting };
    await expect(withLock(path, options, async () => {})).rejects.toThrow(/abort/i);
    expect(await readdir(directory)).toEqual(['lock']);
  });
});
