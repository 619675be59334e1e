import { ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import type { Application } from '../workflows/contract/application.ts';
import type { SlipwayClient } from './connect.ts';
import { unreachable } from './rpc.ts';
import { findSchedules, ifThere, withSchedule } from './schedule-calls.ts';
import {
  isApplied,
  overlapPolicy,
  scheduleOptions,
  scheduleUpdate,
  type ScheduleOverlap,
  type ScheduleRef,
} from './schedule-options.ts';
import { startNow } from './trigger.ts';

/** What applying a definition did to one schedule. */
export interface ScheduleChange {
  /** As in `spec.schedules`. */
  readonly name: string;
  /** `unchanged`: it was as the definition has it; `removed`: the definition has it no more. */
  readonly change: 'created' | 'updated' | 'unchanged' | 'removed';
}

/**
 * Makes the application's schedules those of its definition: one Temporal Schedule for each entry
 * of `application.schedules`; what is no longer there is removed. Applying twice changes nothing,
 * and builds that run are left alone. A schedule that somebody has paused stays paused, unless
 * `paused` has changed in the definition.
 *
 * @returns what happened, in the order of the definition, the removed last
 * @throws ServiceUnreachable, InvalidConfiguration
 */
export async function applySchedules(
  client: SlipwayClient,
  application: Application,
): Promise<readonly ScheduleChange[]> {
  const { schedules = [] } = application;
  const changes: ScheduleChange[] = [];
  for (const entry of schedules) {
    const ref = { application: application.name, name: entry.name };
    const wanted = scheduleOptions(application, entry, client.taskQueue);
    changes.push({ name: entry.name, change: await applyOne(client, ref, wanted) });
  }
  const names = new Set(schedules.map(({ name }) => name));
  for (const ref of await findSchedules(client, application.name)) {
    if (names.has(ref.name)) continue;
    const removed = await ifThere(deleteSchedule(client, ref).then(() => true));
    if (removed === true) changes.push({ name: ref.name, change: 'removed' });
  }
  return changes;
}

async function applyOne(
  client: SlipwayClient,
  ref: ScheduleRef,
  wanted: ScheduleOptions,
): Promise<ScheduleChange['change']> {
  const describe = () => withSchedule(client, ref, (handle) => handle.describe());
  const there = await ifThere(describe());
  if (there === null && (await create(client, wanted))) return 'created';
  if (isApplied(wanted, there ?? (await describe()))) return 'unchanged';
  await withSchedule(client, ref, (handle) =>
    handle.update((existing) => scheduleUpdate(wanted, existing)),
  );
  return 'updated';
}

/** False when somebody else has created it meanwhile. */
async function create(client: SlipwayClient, wanted: ScheduleOptions): Promise<boolean> {
  try {
    await client.temporal.schedule.create(wanted);
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw unreachable(client, error);
  }
}

/**
 * Stops the schedule from starting builds, until it is resumed; an apply does not resume it.
 *
 * @param reason for whoever looks at the schedule
 * @throws ScheduleNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function pauseSchedule(
  client: SlipwayClient,
  ref: ScheduleRef,
  reason = 'paused',
): Promise<void> {
  await withSchedule(client, ref, (handle) => handle.pause(reason));
}

/**
 * Lets a paused schedule start builds again; what it missed is not made up for.
 *
 * @throws ScheduleNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function resumeSchedule(
  client: SlipwayClient,
  ref: ScheduleRef,
  reason = 'resumed',
): Promise<void> {
  await withSchedule(client, ref, (handle) => handle.unpause(reason));
}

/**
 * Starts a build now, also of a paused schedule.
 *
 * @param overlap what to do while another build of it runs; default: as the schedule has it
 * @returns the build's id; null when none has started within 5 s, because another one runs
 * @throws ScheduleNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function triggerSchedule(
  client: SlipwayClient,
  ref: ScheduleRef,
  overlap?: ScheduleOverlap,
): Promise<string | null> {
  const triggered = await startNow(client, ref, overlap);
  return triggered.kind === 'started' ? triggered.buildId : null;
}

/** The times for which `backfillSchedule` builds, both ends included. */
export interface BackfillRange {
  /** The first time that counts. */
  readonly from: Date;
  /** The last time that counts. */
  readonly to: Date;
  /**
   * Between the builds of this backfill; default `buffer-all`: one after the other. Temporal takes
   * ten times at once: with `skip`, the first of each ten is built.
   */
  readonly overlap?: ScheduleOverlap;
}

/**
 * Starts a build for each time within the range at which the schedule was, or will be, due. They
 * build what is there now: sources have no past but their commits. Returns when the request is recorded.
 *
 * @throws ScheduleNotFound, ServiceUnreachable, InvalidConfiguration; RangeError when `from` is after `to`
 */
export async function backfillSchedule(
  client: SlipwayClient,
  ref: ScheduleRef,
  { from, to, overlap = 'buffer-all' }: BackfillRange,
): Promise<void> {
  if (!(from <= to)) throw new RangeError('a backfill ends before it begins: expected from <= to');
  await withSchedule(client, ref, (handle) =>
    handle.backfill({ start: from, end: to, overlap: overlapPolicy(overlap) }),
  );
}

/**
 * Removes the schedule; a build of it that runs goes on. While the definition has it, the next
 * apply creates it again.
 *
 * @throws ScheduleNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function deleteSchedule(client: SlipwayClient, ref: ScheduleRef): Promise<void> {
  await withSchedule(client, ref, (handle) => handle.delete());
}
