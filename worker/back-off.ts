import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import {
  failurePolicies,
  isFailureType,
  type FailurePolicy,
} from '../workflows/contract/failures.ts';

/**
 * Gives each failure of an activity the wait that its type has, before Temporal tries again: a registry
 * that limits requests is not asked every other second. What the other side asked for itself stands.
 *
 * @param longest seconds that no wait exceeds
 */
export function failureBackOff(longest: number): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (error instanceof ApplicationFailure && !takesTurns(info.activityType))
            giveBackOff(error, info.attempt, longest);
          throw error;
        }
      },
    },
  });
}

/** A wait for a Pod goes from worker to worker: its attempts are turns, not failures. */
function takesTurns(activity: string): boolean {
  return activity === 'awaitBuildPod';
}

function giveBackOff(error: ApplicationFailure, attempt: number, longest: number): void {
  const isOurs = isFailureType(error.type) && error.nonRetryable !== true;
  if (!isOurs || (error.nextRetryDelay ?? null) !== null) return;
  const { backOff }: FailurePolicy = failurePolicies[error.type];
  if (backOff === null || backOff.first === 0) return;
  const seconds = Math.min(backOff.first * 2 ** (attempt - 1), backOff.ceiling, longest);
  // The same error, so that its stack and its cause stay.
  Object.assign(error, { nextRetryDelay: seconds * 1_000 });
}
