import type { ScheduleHandle } from '@temporalio/client';
import { applicationAttribute } from '../workflows/contract/search-attributes.ts';
import type { SlipwayClient } from './connect.ts';
import { ScheduleNotFound } from './errors.ts';
import { unreachable } from './rpc.ts';
import { parseScheduleId, scheduleId, type ScheduleRef } from './schedule-options.ts';

/**
 * Runs a call on the schedule; its errors are the client's own.
 *
 * @throws ScheduleNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function withSchedule<T>(
  client: SlipwayClient,
  ref: ScheduleRef,
  call: (handle: ScheduleHandle) => Promise<T>,
): Promise<T> {
  try {
    return await call(client.temporal.schedule.getHandle(scheduleId(ref)));
  } catch (error) {
    throw unreachable(client, error, { schedule: `${ref.application}/${ref.name}` });
  }
}

/**
 * The schedules of one application, or of all, sorted by id. What was created within the last
 * second can be missing, and what was deleted can be there: Temporal lists from its visibility store.
 *
 * @throws ServiceUnreachable, InvalidConfiguration
 */
export async function findSchedules(
  client: SlipwayClient,
  application: string | null,
): Promise<readonly ScheduleRef[]> {
  const { name } = applicationAttribute;
  const query =
    application === null ? `${name} IS NOT NULL` : `${name} = ${JSON.stringify(application)}`;
  const found: ScheduleRef[] = [];
  try {
    for await (const summary of client.temporal.schedule.list({ query })) {
      const ref = parseScheduleId(summary.scheduleId);
      if (ref === null || (application !== null && ref.application !== application)) continue;
      found.push(ref);
    }
  } catch (error) {
    throw unreachable(client, error);
  }
  return found.toSorted((one, other) => (scheduleId(one) < scheduleId(other) ? -1 : 1));
}

/** The call's result; null when the schedule is not, or no longer, there. */
export async function ifThere<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ScheduleNotFound) return null;
    throw error;
  }
}
