import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';

/** Milliseconds. Temporal's worker thins heartbeats out to 80 % of the heartbeat timeout. */
const heartbeatInterval = 1_000;
/** Milliseconds that a creation may still take once it is cancelled. */
const patience = 1_000;

/**
 * Makes an activity that creates something hear a cancel while it runs. It is not broken off at
 * once: what the API server has been asked for may come to be all the same, and is better known
 * before it is cleaned up. Only a server that does not answer is not waited for; then the
 * activity throws `CancelledFailure`.
 */
export function withPromptCancel<Input, Output>(
  create: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    context.heartbeat();
    const timer = setInterval(() => context.heartbeat(), heartbeatInterval);
    const done = new AbortController();
    try {
      return await Promise.race([create(input), notWaitedFor(context, done.signal)]);
    } finally {
      clearInterval(timer);
      done.abort();
    }
  };
}

async function notWaitedFor(context: Context, done: AbortSignal): Promise<never> {
  const cancelled = await context.cancelled.catch((error: unknown) => error);
  // Until then it never settles: the creation's own end is what counts.
  if (!done.aborted) await delay(patience, undefined, { signal: done }).catch(() => undefined);
  throw cancelled instanceof Error ? cancelled : new CancelledFailure('cancelled');
}
