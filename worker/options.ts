import type { NativeConnection, WorkerInterceptors, WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../workflows/contract/activities.ts';
import { assertNever } from '../workflows/contract/assert-never.ts';
import { activityTaskQueue, type ActivityQueue } from '../workflows/contract/ids.ts';
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

/** Questions to registries, stores and git servers at once: they wait more than they work. */
const requestsAtOnce = 100;

/** Creations and deletions of Pods beside the waits, which would leave them no room otherwise. */
const besideWaits = 50;

/**
 * Also the longest time until a running activity learns of a cancellation, and until another worker
 * knows how far one came whose worker was killed.
 */
const heartbeatThrottle = '5s';

/**
 * The options of the process's workers: workflows on the base queue, activities on the queues of
 * their kind, so that a hundred waits for Pods never take the place of a fetch, nor eight fetches
 * that of a question which somebody waits for.
 */
export function workerOptions(
  settings: WorkerSettings,
  parts: WorkerParts,
): readonly WorkerOptions[] {
  return settings.SLIPWAY_ROLES.flatMap((role) => optionsOf(role, settings, parts));
}

function optionsOf(
  role: Role,
  settings: WorkerSettings,
  parts: WorkerParts,
): readonly WorkerOptions[] {
  const drain = settings.SLIPWAY_DRAIN_TIME;
  const common = {
    connection: parts.connection,
    namespace: parts.namespace,
    interceptors: parts.interceptors,
    // Then activities are told that the worker ends, and what can go on elsewhere does.
    shutdownGraceTime: `${Math.ceil((drain * 2) / 3)}s`,
    shutdownForceTime: `${drain}s`,
  } satisfies Partial<WorkerOptions>;
  const on = (queue: ActivityQueue): WorkerOptions => ({
    ...common,
    taskQueue: activityTaskQueue(settings.SLIPWAY_TASK_QUEUE, queue),
    activities: activitiesOf(parts)[queue],
    maxHeartbeatThrottleInterval: heartbeatThrottle,
  });
  switch (role) {
    case 'workflow': {
      const { bundle } = parts;
      if (bundle === null) throw new TypeError('the role workflow needs the workflow bundle');
      return [{ ...common, taskQueue: settings.SLIPWAY_TASK_QUEUE, workflowBundle: bundle }];
    }
    case 'source':
      return [
        {
          ...on('source'),
          maxConcurrentActivityTaskExecutions: settings.SLIPWAY_MAX_SOURCE_ACTIVITIES,
        },
        { ...on('requests'), maxConcurrentActivityTaskExecutions: requestsAtOnce },
      ];
    case 'pods':
      return [
        {
          ...on('pods'),
          maxConcurrentActivityTaskExecutions: settings.SLIPWAY_MAX_POD_WAITS + besideWaits,
          shutdownGraceTime: `${Math.min(longestWaitGrace, Math.ceil((drain * 2) / 3))}s`,
        },
      ];
    default:
      return assertNever(role);
  }
}

/** Each queue gets only its own activities: an activity sent to the wrong one is an error at once. */
function activitiesOf({
  activities,
}: WorkerParts): Readonly<Record<ActivityQueue, Partial<Activities>>> {
  if (activities === null) throw new TypeError('the roles source and pods need the activities');
  const { createBuildPod, awaitBuildPod, deleteBuildPod, sweepPods, diagnosePods, ...others } =
    activities;
  const { fetchSource, renderDockerfile, readDefinition, ...requests } = others;
  return {
    source: { fetchSource, renderDockerfile, readDefinition },
    requests,
    pods: { createBuildPod, awaitBuildPod, deleteBuildPod, sweepPods, diagnosePods },
  };
}
