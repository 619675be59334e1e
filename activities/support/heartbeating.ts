import { Context } from '@temporalio/activity';

/** Well below the shortest heartbeat timeout; the SDK thins them out. */
const interval = 5_000;

/**
 * Runs an activity's work with regular heartbeats, which also bring cancellation: then it rejects
 * at once with the `CancelledFailure`, and `work` finds its signal aborted.
 */
export async function withHeartbeats<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), interval);
  try {
    return await Promise.race([work(context.cancellationSignal), context.cancelled]);
  } finally {
    clearInterval(timer);
  }
}

/**
 * The activity, with heartbeats: when its worker dies, another one gets it after the heartbeat's
 * time. Cancelled, it rejects at once; what it has begun goes on, and nobody hears of it.
 */
export function heartbeating<Input, Output>(
  activity: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return (input) => withHeartbeats(() => activity(input));
}
