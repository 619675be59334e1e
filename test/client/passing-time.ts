import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, vi } from 'vitest';

/**
 * Time that passes only while the client pauses, and then at once. For a file, or a `describe`, of a
 * file with `vi.mock('node:timers/promises', { spy: true })`.
 */
export function usePassingTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    vi.mocked(delay).mockImplementation(async (milliseconds = 0, value) => {
      vi.setSystemTime(Date.now() + milliseconds);
      await new Promise(setImmediate);
      return value as never;
    });
  });
  afterEach(() => {
    vi.mocked(delay).mockReset();
    vi.useRealTimers();
  });
}
