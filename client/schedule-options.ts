import { createHash } from 'node:crypto';
import type {
  ScheduleDescription,
  ScheduleOptions,
  ScheduleOverlapPolicy,
  ScheduleUpdateOptions,
} from '@temporalio/client';
import type { Application, BuildSchedule } from '../workflows/contract/application.ts';
import {
  buildApplicationType,
  type BuildApplicationInput,
} from '../workflows/contract/messages.ts';
import {
  applicationAttribute,
  phaseAttribute,
  scheduleAttribute,
} from '../workflows/contract/search-attributes.ts';

/** Names one schedule: `<application>/<name>` for people. */
export interface ScheduleRef {
  /** The application's name. */
  readonly application: string;
  /** As in `spec.schedules`. */
  readonly name: string;
}

/**
 * What a start does while the schedule's last build still runs.
 *
 * - `skip`: it is left out.
 * - `buffer-one`: it waits for the end of that build; of several, one waits.
 * - `buffer-all`: every one waits, one after the other.
 * - `allow`: it is built beside that one.
 * - `cancel-other`: that build is cancelled first.
 */
export type ScheduleOverlap = BuildSchedule['overlap'] | 'buffer-all';

const prefix = 'slipway/';

/** The id in Temporal, `slipway/<application>/<name>`. */
export function scheduleId({ application, name }: ScheduleRef): string {
  return `${prefix}${application}/${name}`;
}

/** What the id names; null for a schedule that is no application's. */
export function parseScheduleId(id: string): ScheduleRef | null {
  const [application = '', name = '', ...rest] = id.startsWith(prefix)
    ? id.slice(prefix.length).split('/')
    : [];
  return application === '' || name === '' || rest.length > 0 ? null : { application, name };
}

/** Temporal's name of the policy. */
export function overlapPolicy(overlap: ScheduleOverlap): NonNullable<ScheduleOverlapPolicy> {
  switch (overlap) {
    case 'skip':
      return 'SKIP';
    case 'buffer-one':
      return 'BUFFER_ONE';
    case 'buffer-all':
      return 'BUFFER_ALL';
    case 'allow':
      return 'ALLOW_ALL';
    case 'cancel-other':
      return 'CANCEL_OTHER';
  }
}

/** In the memo of the builds: Temporal cannot change the memo of a schedule itself. */
const appliedKey = 'slipwaySchedule';

interface Applied {
  /** SHA-256 of everything that was applied but `paused`. */
  readonly hash: string;
  readonly paused: boolean;
}

/** One entry of `spec.schedules` as a Temporal Schedule. Pure: equal inputs, equal options. */
export function scheduleOptions(
  definition: Application,
  entry: BuildSchedule,
  taskQueue: string,
): ScheduleOptions {
  const { schedules: _, ...application } = definition;
  const id = scheduleId({ application: application.name, name: entry.name });
  const input: BuildApplicationInput = {
    application,
    force: 'none',
    trigger: { kind: 'schedule', schedule: entry.name },
  };
  const spec = {
    ...(entry.cron.length === 0 ? {} : { cronExpressions: [...entry.cron] }),
    ...(entry.interval === null ? {} : { intervals: [{ every: entry.interval * 1000 }] }),
    timezone: entry.timeZone,
    jitter: entry.jitter * 1000,
  };
  const policies = {
    overlap: overlapPolicy(entry.overlap),
    catchupWindow: entry.catchUpWindow * 1000,
    pauseOnFailure: entry.pauseOnFailure,
  };
  const hash = createHash('sha256')
    .update(JSON.stringify([input, spec, policies, taskQueue]))
    .digest('hex');
  return {
    scheduleId: id,
    spec,
    policies,
    action: {
      type: 'startWorkflow',
      workflowType: buildApplicationType,
      // Temporal appends the time that the start was due at.
      workflowId: `${application.name}/${entry.name}`,
      args: [input],
      taskQueue,
      memo: { [appliedKey]: { hash, paused: entry.paused } satisfies Applied },
      staticSummary: `${application.name}: schedule ${entry.name}`,
      typedSearchAttributes: [
        { key: applicationAttribute, value: application.name },
        { key: phaseAttribute, value: 'running' },
        { key: scheduleAttribute, value: entry.name },
      ],
    },
    typedSearchAttributes: [
      { key: applicationAttribute, value: application.name },
      { key: scheduleAttribute, value: entry.name },
    ],
    state: stateOf(entry.paused),
  };
}

function stateOf(paused: boolean): { readonly paused: boolean; readonly note?: string } {
  return paused ? { paused, note: 'paused by the definition' } : { paused };
}

type Existing = Pick<ScheduleDescription, 'action' | 'state'>;

/** Whether the schedule is as it was applied; a pause since then does not count. */
export function isApplied(wanted: ScheduleOptions, { action }: Existing): boolean {
  const [before, after] = [appliedTo(action.memo), appliedTo(wanted.action.memo)];
  return before !== null && before.hash === after?.hash && before.paused === after.paused;
}

/**
 * What makes the existing schedule the wanted one. A person's pause, or that of a failed build, is
 * kept unless `paused` itself has changed in the definition.
 */
export function scheduleUpdate(wanted: ScheduleOptions, existing: Existing): ScheduleUpdateOptions {
  const before = appliedTo(existing.action.memo);
  const isPauseKept = before !== null && before.paused === appliedTo(wanted.action.memo)?.paused;
  const { scheduleId: _id, memo: _memo, state, ...rest } = wanted;
  return { ...rest, state: isPauseKept ? existing.state : { ...state } };
}

/** Null where somebody else has written the schedule's action. */
function appliedTo(memo: Readonly<Record<string, unknown>> | undefined): Applied | null {
  const applied = memo?.[appliedKey];
  return typeof applied === 'object' && applied !== null && 'hash' in applied
    ? (applied as Applied)
    : null;
}
