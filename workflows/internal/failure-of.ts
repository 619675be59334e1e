import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { ContainerFailure } from '../contract/build.ts';
import {
  failurePolicies,
  isFailureType,
  type FailureDetails,
  type FailureType,
} from '../contract/failures.ts';

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
    const [details] = (cause.details ?? []) as readonly (FailureDetails | undefined)[];
    return containerFailure(cause.type, cause.message, details?.log ?? null);
  }
  if (cause instanceof TimeoutFailure && error instanceof ActivityFailure) {
    // The wait's own limit lies beyond the Pod's deadlines: whatever became of it took too long.
    return containerFailure(
      error.activityType === 'awaitBuildPod' ? 'DeadlineExceeded' : 'Unknown',
      `${error.activityType} did not end in time (${cause.timeoutType})`,
    );
  }
  if (cause instanceof TerminatedFailure) {
    return containerFailure('Unknown', 'someone terminated it; the sweeper removes what it left');
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
