import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { Activities } from '../contract/activities.ts';
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

/** What is away when an activity hangs until its time is over, without an error to tell by. */
const timeoutTypes: Readonly<Record<keyof Activities, FailureType>> = {
  resolveSources: 'SourceUnavailable',
  fetchSource: 'SourceUnavailable',
  renderDockerfile: 'RegistryUnavailable',
  createBuildPod: 'ClusterUnavailable',
  // Its own limit lies beyond the Pod's deadlines: whatever became of the Pod took too long.
  awaitBuildPod: 'DeadlineExceeded',
  deleteBuildPod: 'ClusterUnavailable',
  verifyImage: 'RegistryUnavailable',
  verifyExistingImage: 'RegistryUnavailable',
  checkVersion: 'StorageUnavailable',
  assembleComponent: 'StorageUnavailable',
  assembleApplication: 'StorageUnavailable',
  readDefinition: 'SourceUnavailable',
  recordBuild: 'StorageUnavailable',
  presignReads: 'StorageUnavailable',
  sweepPods: 'ClusterUnavailable',
  diagnoseSource: 'Unknown',
  diagnosePods: 'ClusterUnavailable',
};

const stillRunning: FailureType = 'PodStillRunning';

/** What a person is told of an error that an activity or a child ended with. */
export function failureOf(error: unknown): ContainerFailure {
  const cause = rootOf(error);
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) {
    const [details] = (cause.details ?? []) as readonly (FailureDetails | undefined)[];
    return containerFailure(cause.type, cause.message, details?.log ?? null);
  }
  if (cause instanceof TimeoutFailure && error instanceof ActivityFailure) {
    return containerFailure(
      timeoutTypes[error.activityType as keyof Activities] ?? 'Unknown',
      `${error.activityType} did not end in time (${cause.timeoutType})`,
    );
  }
  if (cause instanceof TerminatedFailure) {
    return containerFailure(
      'Cancelled',
      'someone terminated it; the sweeper deletes its builder Pod if there is one left',
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
    // A wait that ended its last turn ran out of time itself.
    return error.cause.type === stillRunning ? error : error.cause;
  }
  return error;
}
