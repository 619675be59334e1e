import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { inLanes } from '../../../workflows/internal/lanes.ts';

test('every item is worked on once, in order, never more than the width at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat()),
      fc.integer({ min: 1, max: 8 }),
      fc.scheduler(),
      async (items, width, scheduler) => {
        const started: number[] = [];
        let running = 0;
        let most = 0;
        const lanes = inLanes(items, width, async (item) => {
          started.push(item);
          running += 1;
          most = Math.max(most, running);
          await scheduler.schedule(Promise.resolve());
          running -= 1;
        });
        await scheduler.waitFor(lanes);

        expect(started).toEqual(items);
        expect(most).toBe(Math.min(width, items.length));
        expect(running).toBe(0);
      },
    ),
  );
});

test('a free lane takes the next item while the others are still at work', async () => {
  const slow = Promise.withResolvers<void>();
  const started: string[] = [];
  const lanes = inLanes(['slow', 'a', 'b', 'c'], 2, async (item) => {
    started.push(item);
    if (item === 'slow') await slow.promise;
    if (item === 'c') slow.resolve();
  });
  await lanes;

  expect(started).toEqual(['slow', 'a', 'b', 'c']);
});

test('after an error nothing new is started, what runs is waited for, the error is thrown', async () => {
  const running = Promise.withResolvers<void>();
  const ended: string[] = [];
  const lanes = inLanes(['slow', 'bad', 'never'], 2, async (item) => {
    if (item === 'bad') throw new Error('broken');
    if (item === 'slow') await running.promise;
    ended.push(item);
  });
  let settled = false;
  const outcome = lanes.then(
    () => null,
    (error: unknown) => error,
  );
  void outcome.then(() => (settled = true));
  await Promise.resolve();
  await Promise.resolve();
  expect(settled).toBe(false);
  running.resolve();

  expect(await outcome).toEqual(new Error('broken'));
  expect(ended).toEqual(['slow']);
});

test('nothing to do ends at once', async () => {
  const work = vi.fn<(item: string) => Promise<void>>();
  await inLanes([], 3, work);
  expect(work).not.toHaveBeenCalled();
});
