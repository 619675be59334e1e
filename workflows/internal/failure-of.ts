import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { ContainerFailure } from '../contract/build.ts';
import { failurePolicies, isFailureType, type FailureType } from '../contract/failures.ts';

export function containerFailure(
  type: FailureType,
  message: string,
  log: string | null = null,
): ContainerFailure {
  return { type, message, hint: failurePolicies[type].hint, log };
}

/** What a person is told of an error that an activity or a child ended with. */
export function failureOf(error: unknown): ContainerFailure {
  const cause = rootOf(error);
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) {
    return containerFailure(cause.type, cause.message);
  }
  if (cause instanceof TimeoutFailure && error instanceof ActivityFailure) {
    return containerFailure(
      'Unknown',
      `${error.activityType} did not end in time (${cause.timeoutType})`,
    );
  }
  return containerFailure('Unknown', cause instanceof Error ? cause.message : String(cause));
}

// An activity that ran out of time while its dependency was down names that dependency's failure as
// the cause of the timeout: that is what the person wants to know.
function rootOf(error: unknown): unknown {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) {
    return rootOf(error.cause ?? error.message);
  }
  if (error instanceof TimeoutFailure && error.cause instanceof ApplicationFailure) {
    return error.cause;
  }
  return error;
}
