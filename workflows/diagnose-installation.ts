import { ActivityFailure, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { isCancellation, workflowInfo } from '@temporalio/workflow';
import type { DiagnoseInput, DiagnoseOutput, DiagnosticCheck } from './contract/activities.ts';
import { activityTaskQueue, type ActivityQueue } from './contract/ids.ts';
import { failureOf } from './internal/failure-of.ts';
import { activities, diagnosePolicy } from './internal/policies.ts';

/** Checks what a build needs, from where it is needed: each role's worker answers for its part. */
export async function diagnoseInstallation(input: DiagnoseInput): Promise<DiagnoseOutput> {
  const [source, pods] = await Promise.all([
    checksOf('source', 'requests', (policy) => activities(policy, 'source').diagnoseSource(input)),
    checksOf('pods', 'pods', (policy) => activities(policy, 'pods').diagnosePods()),
  ]);
  return { checks: [...source, ...pods] };
}

async function checksOf(
  role: 'source' | 'pods',
  queue: ActivityQueue,
  diagnose: (policy: ReturnType<typeof diagnosePolicy>) => Promise<DiagnoseOutput>,
): Promise<readonly DiagnosticCheck[]> {
  try {
    return (await diagnose(diagnosePolicy(queue))).checks;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const isAbsent =
      error instanceof ActivityFailure &&
      error.cause instanceof TimeoutFailure &&
      error.cause.timeoutType === TimeoutType.SCHEDULE_TO_START;
    return [
      {
        name: `worker: role ${role}`,
        status: 'failed',
        detail: isAbsent
          ? `no worker polls ${activityTaskQueue(workflowInfo().taskQueue, queue)}, or all are busy`
          : `its checks failed: ${failureOf(error).message}`,
        remedy: isAbsent
          ? `Start a worker with \`${role}\` among its \`SLIPWAY_ROLES\`; without one no build ends.`
          : 'Look at the log of the worker.',
      },
    ];
  }
}
