import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readIfExists, writeFileAtomically } from '../../dev/files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('writes into directories that do not exist yet, and leaves nothing else there', async () => {
  const directory = join(await temporaryDirectory(), 'a', 'b');
  expect(await writeFileAtomically(join(directory, 'file'), 'one')).toBe('one');
  await writeFileAtomically(join(directory, 'file'), 'two');
  expect(await readFile(join(directory, 'file'), 'utf8')).toBe('two');
  expect(await readdir(directory)).toEqual(['file']);
});

test('does not touch a file that has the content, but for its mode', async () => {
  const path = join(await temporaryDirectory(), 'file');
  await writeFile(path, 'same', { mode: 0o644 });
  const before = await stat(path);
  await writeFileAtomically(path, 'same', 0o600);
  const after = await stat(path);
  expect(after.mtimeMs).toBe(before.mtimeMs);
  expect(after.ino).toBe(before.ino);
  expect(after.mode & 0o777).toBe(0o600);
});

test('readIfExists tells a missing file from an unreadable one', async () => {
  const directory = await temporaryDirectory();
  expect(await readIfExists(join(directory, 'missing'))).toBeUndefined();
  await expect(readIfExists(directory)).rejects.toThrow('EISDIR');
});
