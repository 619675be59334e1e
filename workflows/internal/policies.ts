import type { ActivityOptions } from '@temporalio/common';
import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../contract/activities.ts';
import type { Timeouts } from '../contract/application.ts';
import { failurePolicies, type FailurePolicy, type FailureType } from '../contract/failures.ts';
import { activityTaskQueue, type ActivityQueue } from '../contract/ids.ts';

type Policy = ActivityOptions & { readonly queue: ActivityQueue };

// A dependency that is down: back-off until the policy's scheduleToCloseTimeout. The worker gives a
// failure the wait of its own type (worker/back-off.ts); these are for time-outs and lost workers.
const backOff = retryOf(failurePolicies.StorageUnavailable);

function retryOf({ backOff: times }: FailurePolicy) {
  const { first, ceiling } = times ?? { first: 1, ceiling: 60 };
  return {
    initialInterval: first * 1000,
    backoffCoefficient: 2,
    maximumInterval: ceiling * 1000,
  } as const;
}

/**
 * A worker that is killed takes its activities with it: after this time without a heartbeat another
 * one gets them. Activities heartbeat every five seconds.
 */
const heartbeatTimeout = '20s';

/** Git, archives, uploads: minutes of honest work. */
export const transferPolicy = {
  queue: 'source',
  startToCloseTimeout: '20m',
  heartbeatTimeout,
  scheduleToCloseTimeout: '40m',
  retry: backOff,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
} as const satisfies Policy;

// A digest that is not there calls for another Pod; asking again would wait for nothing.
const digestRetry: Policy['retry'] = {
  ...backOff,
  nonRetryableErrorTypes: ['DigestMismatch' satisfies FailureType],
};

/** Rendering reads the tree, which this worker may have to fetch first. */
export const renderPolicy = { ...transferPolicy, retry: digestRetry } as const satisfies Policy;

/** Questions to git servers, many of them in one call; each is given up by itself. */
export const resolvePolicy = { ...transferPolicy, queue: 'requests' } as const satisfies Policy;

/** Registry and store requests: seconds each. */
export const requestPolicy = {
  queue: 'requests',
  startToCloseTimeout: '1m',
  heartbeatTimeout,
  scheduleToCloseTimeout: '15m',
  retry: digestRetry,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
} as const satisfies Policy;

/**
 * Creation of a Pod: idempotent, waits in line for quota as long as a Pod may wait for its start.
 * A cancel is waited for: a creation that runs must have ended before its Pod is deleted, else the
 * Pod could appear after its deletion. Between two tries the server ends it at once; a try that
 * runs learns of the cancel by its heartbeat.
 */
export function createPodPolicy({ queue }: Timeouts) {
  // Seconds: room for one honest try on a busy machine.
  const shortest = 15;
  return {
    queue: 'pods',
    startToCloseTimeout: '1m',
    scheduleToCloseTimeout: Math.max(queue, shortest) * 1000,
    heartbeatTimeout: '3s',
    retry: retryOf(failurePolicies.QuotaExceeded),
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  } as const satisfies Policy;
}

/** Deletion waits until the Pod is gone, which an unreachable node delays. */
export const deletePodPolicy = {
  queue: 'pods',
  startToCloseTimeout: '2m',
  heartbeatTimeout,
  scheduleToCloseTimeout: '1h',
  retry: { ...backOff, maximumInterval: '15s' },
} as const satisfies Policy;

/**
 * Deletion of a Pod that most likely never was, of a build that has been cancelled: where the
 * cluster does not answer, the sweeper looks again, and nobody waits for it.
 */
export const forgetPodPolicy = {
  ...deletePodPolicy,
  scheduleToCloseTimeout: '2s',
} as const satisfies Policy;

/**
 * The wait for a Pod. The build's deadline is the activity's, not a timer's; no limit of attempts,
 * because a lost worker and the end of a lease spend one. TRY_CANCEL: the workflow deletes the Pod
 * at once and does not wait for a worker that may be gone.
 */
export function awaitPodPolicy(timeouts: Timeouts) {
  const slack = 300;
  return {
    queue: 'pods',
    scheduleToCloseTimeout: (timeouts.queue + timeouts.build + slack) * 1000,
    heartbeatTimeout,
    retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  } as const satisfies Policy;
}

/**
 * The record of a build that has ended: worth minutes, but not to a person who has cancelled and
 * waits for the end.
 */
export function recordPolicy(isCancelled: boolean) {
  return {
    queue: 'requests',
    startToCloseTimeout: '1m',
    heartbeatTimeout,
    scheduleToCloseTimeout: isCancelled ? '15s' : '2m',
    retry: backOff,
    cancellationType: ActivityCancellationType.ABANDON,
  } as const satisfies Policy;
}

/** A client waits for the answer, so it comes soon or not at all. */
export const answerPolicy = {
  queue: 'requests',
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '20s',
  retry: backOff,
} as const satisfies Policy;

/** Checks of what a build needs: the first answer counts, and a queue without a worker is one. */
export function diagnosePolicy(queue: ActivityQueue) {
  return {
    queue,
    scheduleToStartTimeout: '5s',
    startToCloseTimeout: '45s',
    retry: { maximumAttempts: 1 },
  } as const satisfies Policy;
}

/** The next sweep comes soon: one that fails is not tried for long. */
export const sweepPolicy = {
  queue: 'pods',
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '1m',
  retry: backOff,
} as const satisfies Policy;

/** Characters of a summary: Temporal allows 400 bytes. */
const longestSummary = 100;

/** The activities under one policy, on its queue. `summary` is what the Temporal UI shows. */
export function activities(policy: Policy, summary: string) {
  const { queue, ...options } = policy;
  return proxyActivities<Activities>({
    ...options,
    taskQueue: activityTaskQueue(workflowInfo().taskQueue, queue),
    summary:
      summary.length <= longestSummary ? summary : `${summary.slice(0, longestSummary - 1)}…`,
  });
}
