import { Context } from '@temporalio/activity';

/** Keeps activities waiting at one place, so that a test can act while they are there. */
export interface Hold {
  /** For the activity: waits until the hold is released, or throws when the worker cancels it. */
  readonly wait: () => Promise<void>;
  /** For the test: resolves when `count` activities have come here, counted from the start. */
  readonly reached: (count?: number) => Promise<void>;
  /** Lets all go on, also those that come later. */
  readonly release: () => void;
}

export function hold(): Hold {
  const released = Promise.withResolvers<void>();
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  let arrivals = 0;
  const nth = (count: number): PromiseWithResolvers<void> => {
    const known = waiting.get(count) ?? Promise.withResolvers<void>();
    waiting.set(count, known);
    return known;
  };
  return {
    wait: async () => {
      arrivals += 1;
      nth(arrivals).resolve();
      await Promise.race([released.promise, Context.current().cancelled]);
    },
    reached: (count = 1) => nth(count).promise,
    release: () => {
      released.resolve();
    },
  };
}
