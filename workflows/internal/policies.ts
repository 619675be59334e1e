import type { ActivityOptions } from '@temporalio/common';
import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../contract/activities.ts';
import type { Timeouts } from '../contract/application.ts';
import type { FailureType } from '../contract/failures.ts';
import { activityTaskQueue } from '../contract/ids.ts';

type Policy = ActivityOptions & { readonly role: 'source' | 'pods' };

// A dependency that is down: back-off to a minute, until the policy's scheduleToCloseTimeout.
const backOff = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' } as const;

/** Git, archives, uploads: minutes of honest work, so a lost worker is noticed by its heartbeat. */
export const transferPolicy = {
  role: 'source',
  startToCloseTimeout: '20m',
  heartbeatTimeout: '30s',
  scheduleToCloseTimeout: '40m',
  retry: backOff,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
} as const satisfies Policy;

/**
 * Registry and store requests: seconds each, so a lost worker costs at most the start-to-close time.
 * A digest that is not there calls for another Pod; asking again would wait for nothing.
 */
export const requestPolicy = {
  role: 'source',
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '15m',
  retry: { ...backOff, nonRetryableErrorTypes: ['DigestMismatch' satisfies FailureType] },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
} as const satisfies Policy;

/** Creation of a Pod: idempotent, waits in line for quota. Runs where cancellation does not reach it. */
export const createPodPolicy = {
  role: 'pods',
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1h',
  retry: backOff,
} as const satisfies Policy;

/** Deletion waits until the Pod is gone, which an unreachable node delays. */
export const deletePodPolicy = {
  role: 'pods',
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '1h',
  retry: { ...backOff, maximumInterval: '15s' },
} as const satisfies Policy;

/**
 * The wait for a Pod. The build's deadline is the activity's, not a timer's; no limit of attempts,
 * because a lost worker and the end of a lease spend one. TRY_CANCEL: the workflow deletes the Pod
 * at once and does not wait for a worker that may be gone.
 */
export function awaitPodPolicy(timeouts: Timeouts) {
  const slack = 300;
  return {
    role: 'pods',
    scheduleToCloseTimeout: (timeouts.queue + timeouts.build + slack) * 1000,
    heartbeatTimeout: '30s',
    retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  } as const satisfies Policy;
}

/** The activities under one policy, on that role's queue. `summary` is what the Temporal UI shows. */
export function activities(policy: Policy, summary: string) {
  const { role, ...options } = policy;
  return proxyActivities<Activities>({
    ...options,
    taskQueue: activityTaskQueue(workflowInfo().taskQueue, role),
    summary,
  });
}
