import { setTimeout as delay } from 'node:timers/promises';
import { NotAnswered } from './rpc.ts';

/** Milliseconds for which Temporal or the workers may be away, e.g. while they are replaced by newer ones. */
export const patienceTime = 60_000;
const pauseTime = 2_000;

/** Bears with a service that does not answer for a while. */
export interface Patience {
  /** It has answered: it may be away again for all of the time. */
  renew(): void;
  /**
   * Pauses before the next try.
   *
   * @throws the error itself where another try is of no use, where the time is over, or before there
   *   has been any answer; the signal's reason when it aborts
   */
  pause(error: unknown, signal: AbortSignal | undefined): Promise<void>;
}

export function createPatience(): Patience {
  let hasAnswered = false;
  let awaySince: number | null = null;
  return {
    renew() {
      hasAnswered = true;
      awaySince = null;
    },
    async pause(error, signal) {
      signal?.throwIfAborted();
      if (!hasAnswered || !(error instanceof NotAnswered)) throw error;
      awaySince ??= Date.now();
      if (Date.now() - awaySince >= patienceTime) throw error;
      await delay(pauseTime, undefined, signal === undefined ? {} : { signal }).catch(() => {});
      signal?.throwIfAborted();
    },
  };
}
