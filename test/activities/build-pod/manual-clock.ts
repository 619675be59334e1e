import type { Clock } from '../../../activities/build-pod/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on; what is due resolves. */
  advance(milliseconds: number): void;
}

/** Time that stands still until the test moves it. */
export function createManualClock(start: number = Date.now()): ManualClock {
  let now = start;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep(milliseconds, signal) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: now + milliseconds, wake: resolve };
      sleepers.add(sleeper);
      signal.addEventListener('abort', () => {
        sleepers.delete(sleeper);
        reject(signal.reason as Error);
      });
      return promise;
    },
    advance(milliseconds) {
      now += milliseconds;
      for (const sleeper of sleepers) {
        if (sleeper.at > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
