import type { ScheduleOptions } from '@temporalio/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isApplied,
  overlapPolicy,
  parseScheduleId,
  scheduleId,
  scheduleOptions,
  scheduleUpdate,
} from '../../client/schedule-options.ts';
import type { Application, BuildSchedule } from '../../workflows/contract/application.ts';
import { buildSchedule } from '../support/schedules.ts';
import { applicationOf } from '../support/workflows/applications.ts';

const application = applicationOf({ api: ['server'] });
const options = (change: Partial<BuildSchedule> = {}, of: Application = application) =>
  scheduleOptions(of, buildSchedule(change), 'builds');

describe('an entry becomes a Temporal Schedule', () => {
  test('that starts the build of the application as it was applied', () => {
    const entry = buildSchedule();
    const { schedules: _, ...applied } = application;
    expect(options({}, { ...application, schedules: [entry] }).action).toMatchObject({
      type: 'startWorkflow',
      workflowType: 'buildApplication',
      workflowId: 'shop/nightly',
      taskQueue: 'builds',
      args: [
        {
          application: applied,
          force: 'none',
          trigger: { kind: 'schedule', schedule: 'nightly' },
        },
      ],
      staticSummary: 'shop: schedule nightly',
    });
  });

  test('that is found by its application, and its builds by their schedule', () => {
    const { scheduleId: id, typedSearchAttributes, action } = options();
    expect(id).toBe('slipway/shop/nightly');
    expect(typedSearchAttributes).toMatchObject([
      { key: { name: 'SlipwayApplication' }, value: 'shop' },
      { key: { name: 'SlipwaySchedule' }, value: 'nightly' },
    ]);
    expect(action.typedSearchAttributes).toMatchObject([
      { key: { name: 'SlipwayApplication' }, value: 'shop' },
      { key: { name: 'SlipwayPhase' }, value: 'running' },
      { key: { name: 'SlipwaySchedule' }, value: 'nightly' },
    ]);
  });

  const spec = { cronExpressions: ['30 3 * * *'], timezone: 'UTC', jitter: 0 };
  const policies = { overlap: 'SKIP', catchupWindow: 600_000, pauseOnFailure: false };
  test.each<[Partial<BuildSchedule>, Partial<Record<keyof ScheduleOptions, unknown>>]>([
    [{}, { spec, policies, state: { paused: false } }],
    [
      { cron: ['0 1 * * *', '0 2 * * mon'] },
      { spec: { ...spec, cronExpressions: ['0 1 * * *', '0 2 * * mon'] } },
    ],
    [
      { cron: [], interval: 21_600 },
      { spec: { intervals: [{ every: 21_600_000 }], timezone: 'UTC', jitter: 0 } },
    ],
    [{ interval: 60 }, { spec: { ...spec, intervals: [{ every: 60_000 }] } }],
    [{ timeZone: 'Europe/Berlin' }, { spec: { ...spec, timezone: 'Europe/Berlin' } }],
    [{ jitter: 90 }, { spec: { ...spec, jitter: 90_000 } }],
    [{ catchUpWindow: 10 }, { policies: { ...policies, catchupWindow: 10_000 } }],
    [{ pauseOnFailure: true }, { policies: { ...policies, pauseOnFailure: true } }],
    [{ overlap: 'allow' }, { policies: { ...policies, overlap: 'ALLOW_ALL' } }],
    [{ paused: true }, { state: { paused: true, note: 'paused by the definition' } }],
  ])('%o', (change, expected) => {
    const { spec: when, policies: how, state } = options(change);
    expect({ spec: when, policies: how, state }).toEqual({
      spec,
      policies,
      state: { paused: false },
      ...expected,
    });
  });

  test.each([
    ['skip', 'SKIP'],
    ['buffer-one', 'BUFFER_ONE'],
    ['buffer-all', 'BUFFER_ALL'],
    ['allow', 'ALLOW_ALL'],
    ['cancel-other', 'CANCEL_OTHER'],
  ] as const)('overlap %s is %s', (ours, temporals) => {
    expect(overlapPolicy(ours)).toBe(temporals);
  });
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

test('an id names its schedule again', () => {
  fc.assert(
    fc.property(label, label, (shop, name) => {
      expect(parseScheduleId(scheduleId({ application: shop, name }))).toEqual({
        application: shop,
        name,
      });
    }),
  );
});

test.each([
  'slipway/shop',
  'slipway/shop/',
  'slipway//nightly',
  'slipway/a/b/c',
  'shop/nightly',
  '',
])('"%s" is no application’s schedule', (id) => expect(parseScheduleId(id)).toBeNull());

/** A schedule as Temporal describes it after these options were applied. */
function existing(applied: ScheduleOptions, state = { paused: applied.state?.paused === true }) {
  return { action: applied.action, state } as Parameters<typeof isApplied>[1];
}

describe('an apply has something to do', () => {
  test('when the entry has changed', () => {
    const changes: readonly Partial<BuildSchedule>[] = [
      { cron: ['31 3 * * *'] },
      { interval: 60 },
      { timeZone: 'Europe/Berlin' },
      { jitter: 1 },
      { overlap: 'allow' },
      { catchUpWindow: 11 },
      { pauseOnFailure: true },
      { paused: true },
    ];
    expect(changes.filter((change) => isApplied(options(change), existing(options())))).toEqual([]);
  });

  test('when the application or the task queue has changed', () => {
    const other = applicationOf({ api: ['server', 'worker'] });
    expect(isApplied(options({}, other), existing(options()))).toBe(false);
    const moved = scheduleOptions(application, buildSchedule(), 'other');
    expect(isApplied(moved, existing(options()))).toBe(false);
  });

  test('when somebody else made the schedule', () => {
    const { memo: _, ...action } = options().action;
    expect(isApplied(options(), existing({ ...options(), action }))).toBe(false);
  });

  test('but not when nothing has, or another schedule of the application', () => {
    expect(isApplied(options(), existing(options()))).toBe(true);
    const schedules = [buildSchedule(), buildSchedule({ name: 'hourly' })];
    expect(isApplied(options(), existing(options({}, { ...application, schedules })))).toBe(true);
  });

  test('but not when a person paused it', () => {
    expect(isApplied(options(), existing(options(), { paused: true }))).toBe(true);
  });
});

describe('an update', () => {
  const byPerson = { paused: true, note: 'release week', remainingActions: 3 };

  test('leaves the state as it is where `paused` has not changed', () => {
    const update = scheduleUpdate(options({ jitter: 5 }), existing(options(), byPerson));
    expect(update).toMatchObject({ spec: { jitter: 5_000 }, state: byPerson });
    expect(update).not.toHaveProperty('scheduleId');
  });

  test.each([true, false])('sets the state where `paused` has become %s', (paused) => {
    const update = scheduleUpdate(
      options({ paused }),
      existing(options({ paused: !paused }), byPerson),
    );
    expect(update.state).toEqual(options({ paused }).state);
  });

  test('sets the state of a schedule that somebody else made', () => {
    const { memo: _, ...action } = options().action;
    const update = scheduleUpdate(options(), existing({ ...options(), action }, byPerson));
    expect(update.state).toEqual({ paused: false });
  });
});
