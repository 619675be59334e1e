import { Context } from '@temporalio/activity';

/** Well below the shortest heartbeat timeout; the SDK thins them out. */
const interval = 5_000;

/**
 * Runs an activity's work with regular heartbeats, which also bring cancellation: then it rejects
 * at once with the `CancelledFailure`, and the signal that the work got is aborted.
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
