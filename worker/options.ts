import type { NativeConnection, WorkerInterceptors, WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../workflows/contract/activities.ts';
import { assertNever } from '../workflows/contract/assert-never.ts';
import { activityTaskQueue } from '../workflows/contract/ids.ts';
import type { WorkflowCode } from './bundle.ts';
import type { Role, WorkerSettings } from './config.ts';

export interface WorkerParts {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** null where the process has not the role of it. */
  readonly bundle: WorkflowCode | null;
  readonly activities: Activities | null;
  readonly interceptors: WorkerInterceptors;
}

/** The longest time, in seconds, that a wait for a Pod gets to hand over: it has nothing to finish. */
const longestWaitGrace = 5;

/**
 * The options of the process's workers, one for each of its roles: workflows on the base queue,
 * activities on the two queues of their kind, so that a hundred waits for Pods never take the place
 * of a fetch.
 */
export function workerOptions(
  settings: WorkerSettings,
  parts: WorkerParts,
): readonly WorkerOptions[] {
  return settings.SLIPWAY_ROLES.map((role) => optionsOf(role, settings, parts));
}

function optionsOf(role: Role, settings: WorkerSettings, parts: WorkerParts): WorkerOptions {
  const drain = settings.SLIPWAY_DRAIN_TIME;
  const common = {
    connection: parts.connection,
    namespace: parts.namespace,
    interceptors: parts.interceptors,
    // Then activities are told that the worker ends, and what can go on elsewhere does.
    shutdownGraceTime: `${Math.ceil((drain * 2) / 3)}s`,
    shutdownForceTime: `${drain}s`,
  } satisfies Partial<WorkerOptions>;
  switch (role) {
    case 'workflow': {
      const { bundle } = parts;
      if (bundle === null) throw new TypeError('the role workflow needs the workflow bundle');
      return { ...common, taskQueue: settings.SLIPWAY_TASK_QUEUE, workflowBundle: bundle };
    }
    case 'source':
      return {
        ...common,
        taskQueue: activityTaskQueue(settings.SLIPWAY_TASK_QUEUE, 'source'),
        activities: activitiesOf(parts).source,
        maxConcurrentActivityTaskExecutions: settings.SLIPWAY_MAX_SOURCE_ACTIVITIES,
      };
    case 'pods':
      return {
        ...common,
        taskQueue: activityTaskQueue(settings.SLIPWAY_TASK_QUEUE, 'pods'),
        activities: activitiesOf(parts).pods,
        maxConcurrentActivityTaskExecutions: settings.SLIPWAY_MAX_POD_WAITS,
        // Also the longest time until a waiting activity learns of a cancellation.
        maxHeartbeatThrottleInterval: '5s',
        shutdownGraceTime: `${Math.min(longestWaitGrace, Math.ceil((drain * 2) / 3))}s`,
      };
    default:
      return assertNever(role);
  }
}

/** Each queue gets only its own activities: an activity sent to the wrong one is an error at once. */
function activitiesOf({ activities }: WorkerParts) {
  if (activities === null) throw new TypeError('the roles source and pods need the activities');
  const { createBuildPod, awaitBuildPod, deleteBuildPod, sweepPods, diagnosePods, ...source } =
    activities;
  return {
    source,
    pods: { createBuildPod, awaitBuildPod, deleteBuildPod, sweepPods, diagnosePods },
  };
}
