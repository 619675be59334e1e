import { setTimeout as delay } from 'node:timers/promises';
import type { SlipwayClient } from './connect.ts';
import { withSchedule } from './schedule-calls.ts';
import { overlapPolicy, type ScheduleOverlap, type ScheduleRef } from './schedule-options.ts';

/** What became of a start that somebody asked for. */
export type Triggered =
  | { readonly kind: 'started'; readonly buildId: string }
  /** Another build of the schedule runs, and it starts none beside or after that one. */
  | { readonly kind: 'skipped' }
  /** It may wait for the build that runs, or Temporal has not come to it yet. */
  | { readonly kind: 'unknown' };

/** Milliseconds in which a triggered build is expected to be there. */
const deadline = 5_000;

/**
 * Starts a build now, also of a paused schedule, and looks for it for 5 s.
 *
 * @param overlap what to do while another build of it runs; default: as the schedule has it
 * @throws ScheduleNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function startNow(
  client: SlipwayClient,
  ref: ScheduleRef,
  overlap?: ScheduleOverlap,
): Promise<Triggered> {
  return withSchedule(client, ref, async (handle) => {
    const { info: before, policies } = await handle.describe();
    const runs = new Set(
      before.recentActions.map(({ action }) => action.workflow.firstExecutionRunId),
    );
    const end = Date.now() + deadline;
    await handle.trigger(overlap === undefined ? policies.overlap : overlapPolicy(overlap));
    for (;;) {
      const { info } = await handle.describe();
      const started = info.recentActions.find(
        ({ action }) => !runs.has(action.workflow.firstExecutionRunId),
      );
      if (started !== undefined)
        return { kind: 'started', buildId: started.action.workflow.workflowId };
      if (info.numActionsSkippedOverlap > before.numActionsSkippedOverlap)
        return { kind: 'skipped' };
      if (Date.now() > end) return { kind: 'unknown' };
      await delay(100);
    }
  });
}
