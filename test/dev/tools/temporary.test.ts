import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { run } from '../../../dev/tools/run.ts';
import { withTemporaryDirectory } from '../../../dev/tools/temporary.ts';
import { scratchDirectory } from './support.ts';

test('the directory is there for the work and gone after it, also when it fails', async () => {
  const parent = join(await scratchDirectory(), 'made', 'too');
  const failing = withTemporaryDirectory(parent, 'x-', async (directory) => {
    await writeFile(join(directory, 'half'), '');
    throw new Error('broken');
  });
  await expect(failing).rejects.toThrow('broken');
  expect(await readdir(parent)).toEqual([]);
});

test('what was moved away stays', async () => {
  const parent = await scratchDirectory();
  await withTemporaryDirectory(parent, 'x-', (directory) =>
    rename(directory, join(parent, 'kept')),
  );
  expect(await readdir(parent)).toEqual(['kept']);
});

test('only what an ended process left under the prefix is removed', async () => {
  const parent = await scratchDirectory();
  const ended = (await run('sh', ['-c', 'echo $$'], { environment: process.env })).trim();
  const kept = [`x-${process.pid}-living`, `y-${ended}-other`, 'x-finished'];
  for (const name of [...kept, `x-${ended}-abandoned`])
    await mkdir(join(parent, name, 'sub'), { recursive: true });
  await withTemporaryDirectory(parent, 'x-', async () => {});
  expect((await readdir(parent)).toSorted()).toEqual(kept.toSorted());
});
