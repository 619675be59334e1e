import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openJournal } from '../../../dev/instance/journal.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const bridge = { kind: 'bridge', name: 'slw-1' } as const;
const cgroup = { kind: 'cgroup', name: 'slipway-1' } as const;

test('keeps entries in their order, each once, also for the next process', async () => {
  const path = join(await temporaryDirectory(), 'journal.json');
  const journal = openJournal(path);
  expect(await journal.entries()).toEqual([]);
  await journal.add(bridge);
  await journal.add(cgroup);
  await journal.add({ name: 'slw-1', kind: 'bridge' });
  expect(await openJournal(path).entries()).toEqual([bridge, cgroup]);
});

test('forgets exactly the entry that was undone', async () => {
  const journal = openJournal(join(await temporaryDirectory(), 'journal.json'));
  await journal.add(bridge);
  await journal.add({ ...bridge, name: 'slw-2' });
  await journal.remove(bridge);
  await journal.remove(bridge);
  expect(await journal.entries()).toEqual([{ ...bridge, name: 'slw-2' }]);
});

test.each(['{', '{}', '[{"kind":"unheard-of"}]'])('refuses a damaged file: %s', async (text) => {
  const path = join(await temporaryDirectory(), 'journal.json');
  await writeFile(path, text);
  await expect(openJournal(path).entries()).rejects.toThrow(path);
});
