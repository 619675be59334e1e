import type { Clock } from './clock.ts';
import type { PodFacts } from './pod-facts.ts';

/** The latest that is known of one Pod, with a way to wait for more. */
export interface PodView {
  /** undefined: nothing yet; null: it is gone. */
  readonly current: () => PodFacts | null | undefined;
  readonly update: (facts: PodFacts | null) => void;
  /** Resolves at the next update after `seen`; at once when there was one meanwhile. */
  readonly changed: (seen: number, signal: AbortSignal) => Promise<void>;
  /** Number of updates so far. */
  readonly version: () => number;
}

export function createPodView(): PodView {
  let facts: PodFacts | null | undefined;
  let updates = 0;
  let next = Promise.withResolvers<void>();
  return {
    current: () => facts,
    version: () => updates,
    update(latest) {
      facts = latest;
      updates += 1;
      next.resolve();
      next = Promise.withResolvers<void>();
    },
    changed: (seen, signal) =>
      updates > seen ? Promise.resolve() : abortable(next.promise, signal),
  };
}

/**
 * Resolves at the next update after `seen`, at once when there was one meanwhile, or when the time is
 * over; rejects with the signal's reason.
 */
export async function newsOrTime(
  { clock, view, signal }: Waiting,
  seen: number,
  milliseconds: number,
): Promise<void> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  try {
    await Promise.race([clock.sleep(milliseconds, either), view.changed(seen, either)]);
  } finally {
    done.abort();
  }
}

interface Waiting {
  readonly clock: Clock;
  readonly view: PodView;
  readonly signal: AbortSignal;
}

/** The promise's result, or a rejection with the signal's reason when that comes first. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
