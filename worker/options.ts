import type { NativeConnection, WorkerOptions, WorkflowBundle } from '@temporalio/worker';
import type { Activities } from '../workflows/contract/activities.ts';
import { activityTaskQueue } from '../workflows/contract/ids.ts';
import type { WorkerSettings } from './config.ts';

export interface WorkerParts {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly bundle: WorkflowBundle;
  readonly activities: Activities;
}

/**
 * The options of the process's three workers: workflows on the base queue, activities on the two
 * queues of their kind, so that a hundred waits for Pods never take the place of a fetch.
 */
export function workerOptions(
  settings: WorkerSettings,
  parts: WorkerParts,
): readonly WorkerOptions[] {
  const common = {
    connection: parts.connection,
    namespace: parts.namespace,
    // Activities that can go on elsewhere get this long to notice; Pods run on either way.
    shutdownGraceTime: '5s',
    shutdownForceTime: '30s',
  } as const;
  // Each queue gets only its own activities: an activity sent to the wrong one is an error at once.
  const { createBuildPod, awaitBuildPod, deleteBuildPod, ...source } = parts.activities;
  return [
    { ...common, taskQueue: settings.SLIPWAY_TASK_QUEUE, workflowBundle: parts.bundle },
    {
      ...common,
      taskQueue: activityTaskQueue(settings.SLIPWAY_TASK_QUEUE, 'source'),
      activities: source,
      maxConcurrentActivityTaskExecutions: settings.SLIPWAY_MAX_SOURCE_ACTIVITIES,
    },
    {
      ...common,
      taskQueue: activityTaskQueue(settings.SLIPWAY_TASK_QUEUE, 'pods'),
      activities: { createBuildPod, awaitBuildPod, deleteBuildPod },
      maxConcurrentActivityTaskExecutions: settings.SLIPWAY_MAX_POD_WAITS,
      // Also the longest time until a waiting activity learns of a cancellation.
      maxHeartbeatThrottleInterval: '5s',
    },
  ];
}
