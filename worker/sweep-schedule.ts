import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client';
import type { Clock } from '../activities/build-pod/clock.ts';
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
 * somebody has paused it). Every worker may call it, at any time.
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

/** Milliseconds between two looks, and by how much of it a worker's are earlier or later. */
const period = 10 * 60_000;
const jitter = 0.1;

/**
 * Keeps the schedule again every ten minutes: it may be deleted, or Temporal restored to a time
 * before it, while no worker starts.
 *
 * @param options.keep `keepSweepSchedule`
 * @param options.random from 0 to 1: workers that started together look at different times
 * @param options.onError told of each failure before the next look; never throws
 * @returns `stop` ends it, and waits for a look that runs
 */
export function keepAgain(options: {
  readonly keep: () => Promise<void>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}): { readonly stop: () => Promise<void> } {
  const { keep, clock, random, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  async function look(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(period * (1 + jitter * (2 * random() - 1)), signal);
      await keep().catch(onError);
    }
  }

  // The sleep's end by the signal is the only way out that rejects.
  const looking = look().catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await looking;
    },
  };
}
