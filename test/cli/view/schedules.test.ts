import { describe, expect, test } from 'vitest';
import { changesText, schedulesText } from '../../../cli/view/schedules.ts';
import type { ScheduleView } from '../../../client/schedule-list.ts';

const plain = (_style: unknown, text: string): string => text;
const scheduledAt = new Date('2026-11-22T03:30:00Z');
const view: ScheduleView = {
  application: 'shop',
  name: 'nightly',
  paused: false,
  note: null,
  next: [new Date('2026-11-23T03:30:00Z'), new Date('2026-11-24T03:30:00Z')],
  last: [],
  skipped: 0,
  missed: 0,
};

test('an apply says what happened to each schedule', () => {
  const changes = [
    { name: 'nightly', change: 'unchanged' },
    { name: 'hourly', change: 'removed' },
  ] as const;
  expect(changesText('shop', changes, plain)).toBe(
    'unchanged  shop/nightly\nremoved    shop/hourly',
  );
  expect(changesText('shop', [], plain)).toBe('shop has no schedules');
});

describe('a list', () => {
  test.each<[Partial<ScheduleView>, string]>([
    [{}, 'next 2026-11-23 03:30:00 UTC'],
    [{ next: [] }, 'no further start'],
    [{ paused: true }, 'paused'],
    [{ paused: true, note: 'release week' }, 'paused: release week'],
    [{ note: 'resumed' }, 'next 2026-11-23 03:30:00 UTC'],
    [
      { skipped: 2, missed: 1 },
      'next 2026-11-23 03:30:00 UTC; 2 skipped while another build ran; 1 missed while Temporal was away',
    ],
  ])('of %o says "%s"', (change, state) => {
    expect(schedulesText([{ ...view, ...change }], plain)).toBe(`shop/nightly  ${state}`);
  });

  test('has the last builds below their schedule', () => {
    const build = { buildId: 'shop/nightly-2026-11-22T03:30:00Z', scheduledAt };
    const last = [
      { ...build, status: 'succeeded', startedAt: scheduledAt },
      { ...build, status: null, startedAt: scheduledAt },
    ] as const;
    expect(schedulesText([{ ...view, last }, view], plain)).toBe(
      [
        'shop/nightly  next 2026-11-23 03:30:00 UTC',
        '  succeeded  2026-11-22 03:30:00 UTC  shop/nightly-2026-11-22T03:30:00Z',
        '  forgotten  2026-11-22 03:30:00 UTC  shop/nightly-2026-11-22T03:30:00Z',
        'shop/nightly  next 2026-11-23 03:30:00 UTC',
      ].join('\n'),
    );
  });

  test('can be empty', () => expect(schedulesText([], plain)).toBe('no schedules'));
});
