import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { withLock } from '../../../dev/instance/lock.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('lets one in at a time and tells the other that it waits', async () => {
  const path = join(await temporaryDirectory(), 'lock');
  const events: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = withLock(
    path,
    () => events.push('first waits'),
    async () => {
      events.push('first in');
      await held;
      events.push('first out');
    },
  );
  while (!events.includes('first in')) await nextTick();
  const second = withLock(
    path,
    () => {
      events.push('second waits');
      release();
    },
    async () => events.push('second in'),
  );
  await Promise.all([first, second]);
  expect(events).toEqual(['first in', 'second waits', 'first out', 'second in']);
});

test('is free again after a failure, which it passes on', async () => {
  const path = join(await temporaryDirectory(), 'lock');
  const failing = withLock(
    path,
    () => undefined,
    () => Promise.reject(new Error('broken')),
  );
  await expect(failing).rejects.toThrow('broken');
  expect(
    await withLock(
      path,
      () => undefined,
      async () => 'in',
    ),
  ).toBe('in');
});

test('says which lock can not be taken', async () => {
  const path = join(await temporaryDirectory(), 'missing', 'lock');
  const refused = withLock(
    path,
    () => undefined,
    async () => 'in',
  );
  await expect(refused).rejects.toThrow(path);
});
