import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client';
import { sweepOrphansType, type SweepOrphans } from '../workflows/contract/messages.ts';

export interface Sweep {
  readonly installation: string;
  /** The base task queue. */
  readonly taskQueue: string;
  /** Seconds. */
  readonly interval: number;
}

/**
 * Keeps the installation's schedule for the sweep of Pods without a build as it should be: made when
 * it isn't there, changed when a worker has other settings, left as it is otherwise (also when
 * somebody has paused it). Every worker may call it at its start.
 */
export async function keepSweepSchedule(
  { schedule }: Pick<Client, 'schedule'>,
  sweep: Sweep,
): Promise<void> {
  const scheduleId = `slipway-sweep-${sweep.installation}`;
  const every = sweep.interval * 1000;
  const wanted: Omit<
    ScheduleOptions<ScheduleOptionsStartWorkflowAction<SweepOrphans>>,
    'scheduleId'
  > = {
    spec: { intervals: [{ every }] },
    action: {
      type: 'startWorkflow',
      workflowType: sweepOrphansType,
      workflowId: scheduleId,
      taskQueue: sweep.taskQueue,
      args: [],
      // A worker that comes back looks once, not for every time that was missed.
      workflowExecutionTimeout: '15m',
      staticSummary: `Pods of installation ${sweep.installation} without a build`,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10s' },
  };
  try {
    await schedule.create({ scheduleId, ...wanted });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = schedule.getHandle(scheduleId);
    const { spec, action } = await handle.describe();
    const isSame =
      spec.intervals?.[0]?.every === every &&
      action.taskQueue === sweep.taskQueue &&
      action.workflowType === sweepOrphansType;
    if (!isSame) await handle.update(({ state }) => ({ ...wanted, state }));
  }
}
