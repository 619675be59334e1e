import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { contentKey, goPartCacheKey } from '../../../dev/tools/cache-key.ts';
import { goPart, scratchDirectory } from './support.ts';

async function moduleDirectory(sum: string, mod = 'module m'): Promise<string> {
  const directory = await scratchDirectory();
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'go.mod'), mod);
  await writeFile(join(directory, 'go.sum'), sum);
  return directory;
}

test('the key names part and version and is the same for the same files elsewhere', async () => {
  const key = await goPartCacheKey(goPart(['a']), await moduleDirectory('x'), 'x64');
  expect(key).toMatch(/^part-2\.1\.0-[0-9a-f]{16}$/);
  expect(await goPartCacheKey(goPart(['a']), await moduleDirectory('x'), 'x64')).toBe(key);
});

test('whatever decides the program changes the key', async () => {
  const part = goPart(['a']);
  const directory = await moduleDirectory('x');
  const keys = await Promise.all([
    goPartCacheKey(part, directory, 'x64'),
    goPartCacheKey(part, directory, 'arm64'),
    goPartCacheKey(part, await moduleDirectory('y'), 'x64'),
    goPartCacheKey(part, await moduleDirectory('x', 'module n'), 'x64'),
    goPartCacheKey({ ...part, version: '2.2.0' }, directory, 'x64'),
    goPartCacheKey({ ...part, linkerFlags: ['-X', 'v=1'] }, directory, 'x64'),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
});

test('a content key tells values apart that look alike when joined', () => {
  expect(contentKey(['ab', 'c'])).not.toBe(contentKey(['a', 'bc']));
});
