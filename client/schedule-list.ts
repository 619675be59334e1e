import {
  WorkflowNotFoundError,
  type ScheduleDescription,
  type ScheduleExecutionResult,
} from '@temporalio/client';
import type { BuildStatus } from '../workflows/contract/build.ts';
import type { SlipwayClient } from './connect.ts';
import { finalStatus } from './get.ts';
import { unreachable } from './rpc.ts';
import { findSchedules, ifThere, withSchedule } from './schedule-calls.ts';
import type { ScheduleRef } from './schedule-options.ts';

/** A schedule as it is now. */
export interface ScheduleView extends ScheduleRef {
  /** Whether it starts no builds until it is resumed. */
  readonly paused: boolean;
  /** Why it is paused, or what somebody noted; null for nothing. */
  readonly note: string | null;
  /** The next starts, at most ten; those of a paused schedule will not happen. */
  readonly next: readonly Date[];
  /** The last builds, the latest first, at most five. */
  readonly last: readonly ScheduledBuild[];
  /** Starts left out, because the build before still ran. */
  readonly skipped: number;
  /** Starts left out, because Temporal was away for longer than the catch-up window. */
  readonly missed: number;
}

/** A build that a schedule has started. */
export interface ScheduledBuild {
  /** `<application>/<schedule>-<time at which it was due>` */
  readonly buildId: string;
  /** When it was due. */
  readonly scheduledAt: Date;
  /** When it was started: later by its jitter, or by the build before it. */
  readonly startedAt: Date;
  /** Null when Temporal has forgotten the build. */
  readonly status: BuildStatus | null;
}

/** Which schedules `listSchedules` lists. */
export interface ListSchedulesOptions {
  /** Only this application's. */
  readonly application?: string;
}

const maxLast = 5;

/**
 * The schedules of the installation, sorted by application and name. One that was applied within the
 * last second can be missing.
 *
 * @throws ServiceUnreachable, InvalidConfiguration
 */
export async function listSchedules(
  client: SlipwayClient,
  { application }: ListSchedulesOptions = {},
): Promise<readonly ScheduleView[]> {
  const views: ScheduleView[] = [];
  for (const ref of await findSchedules(client, application ?? null)) {
    const view = await ifThere(getSchedule(client, ref));
    if (view !== null) views.push(view);
  }
  return views;
}

/**
 * One schedule as it is now.
 *
 * @throws ScheduleNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function getSchedule(client: SlipwayClient, ref: ScheduleRef): Promise<ScheduleView> {
  const { state, info } = await withSchedule(client, ref, (handle) => handle.describe());
  const last = latest(info).map((action) => scheduledBuild(client, action));
  return {
    ...ref,
    paused: state.paused,
    note: state.note === undefined || state.note === '' ? null : state.note,
    next: info.nextActionTimes,
    last: await Promise.all(last),
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

function latest({
  recentActions,
}: ScheduleDescription['info']): readonly ScheduleExecutionResult[] {
  return recentActions.slice(-maxLast).toReversed();
}

async function scheduledBuild(
  client: SlipwayClient,
  { action, scheduledAt, takenAt }: ScheduleExecutionResult,
): Promise<ScheduledBuild> {
  const { workflowId, firstExecutionRunId } = action.workflow;
  const build = { buildId: workflowId, scheduledAt, startedAt: takenAt };
  try {
    const { status } = await client.temporal.workflow
      .getHandle(workflowId, firstExecutionRunId)
      .describe();
    return {
      ...build,
      status: finalStatus(status.name, status.name === 'COMPLETED' ? 'succeeded' : 'running'),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { ...build, status: null };
    throw unreachable(client, error);
  }
}
