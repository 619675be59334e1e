import { expect, onTestFinished, test, vi } from 'vitest';
import { keepAgain } from '../../worker/sweep-schedule.ts';
import { createManualClock } from '../activities/build-pod/manual-clock.ts';

const minutes = 60_000;

/** Looks that end as the test says, on a clock that it moves. */
function watched({ random = 0.5 }: { readonly random?: number } = {}) {
  const clock = createManualClock();
  const looks: PromiseWithResolvers<void>[] = [];
  const sleeps: number[] = [];
  const errors: unknown[] = [];
  const watch = keepAgain({
    keep() {
      const look = Promise.withResolvers<void>();
      looks.push(look);
      return look.promise;
    },
    clock: {
      sleep(milliseconds, signal) {
        sleeps.push(milliseconds);
        return clock.sleep(milliseconds, signal);
      },
    },
    random: () => random,
    onError: (error) => void errors.push(error),
  });
  onTestFinished(() => {
    for (const look of looks) look.resolve();
    return watch.stop();
  });
  return { clock, looks, sleeps, errors, watch };
}

test.each([
  [0, 9],
  [0.5, 10],
  [1, 11],
])('workers look at different times: %d is after %d minutes', async (random, after) => {
  const { clock, looks, sleeps } = watched({ random });
  expect(sleeps).toEqual([after * minutes]);
  clock.advance(after * minutes);
  await vi.waitFor(() => expect(looks).toHaveLength(1));
});

test('a look follows the end of the one before', async () => {
  const { clock, looks, sleeps } = watched();
  clock.advance(10 * minutes);
  await vi.waitFor(() => expect(looks).toHaveLength(1));
  expect(sleeps).toHaveLength(1);
  looks[0]?.resolve();
  await vi.waitFor(() => expect(sleeps).toHaveLength(2));
  clock.advance(10 * minutes);
  await vi.waitFor(() => expect(looks).toHaveLength(2));
});

test('what fails is told, and tried again at the next time', async () => {
  const { clock, looks, sleeps, errors } = watched();
  const away = new Error('Temporal is away');
  clock.advance(10 * minutes);
  await vi.waitFor(() => expect(looks).toHaveLength(1));
  looks[0]?.reject(away);
  await vi.waitFor(() => expect(sleeps).toHaveLength(2));
  expect(errors).toEqual([away]);
  clock.advance(10 * minutes);
  await vi.waitFor(() => expect(looks).toHaveLength(2));
});

test('stopped, it looks no more, and nothing of it is left', async () => {
  const { clock, looks, watch } = watched();
  clock.advance(10 * minutes);
  await vi.waitFor(() => expect(looks).toHaveLength(1));
  let isStopped = false;
  const stopped = watch.stop().then(() => (isStopped = true));
  await new Promise(setImmediate);
  expect(isStopped).toBe(false);
  looks[0]?.resolve();
  await stopped;
  clock.advance(20 * minutes);
  await new Promise(setImmediate);
  expect(looks).toHaveLength(1);
});
