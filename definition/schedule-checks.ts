import { duplicates } from './duplicates.ts';
import type { Finding } from './problem.ts';
import { entries } from './raw.ts';

/** What no schema of a single field can say about `spec.schedules`. */
export function scheduleChecks(value: unknown): readonly Finding[] {
  const schedules = entries(value, ['spec', 'schedules']);
  const idle = schedules.filter(
    ({ fields }) => fields['cron'] === undefined && fields['interval'] === undefined,
  );
  return [
    ...duplicates(schedules, { kind: 'schedule', field: 'name', expected: 'another name' }),
    ...idle.map(({ path }) => ({
      path,
      message: 'the schedule does not say when',
      expected: '`cron`, e.g. "30 3 * * mon-fri", or `interval`, e.g. 6h',
      missing: [
        [...path, 'cron'],
        [...path, 'interval'],
      ],
    })),
    ...zonesWithoutCron(schedules),
  ];
}

/** An interval knows no time zone: whoever names one expects something else of it. */
function zonesWithoutCron(schedules: ReturnType<typeof entries>): readonly Finding[] {
  return schedules
    .filter(
      ({ fields }) =>
        fields['timeZone'] !== undefined &&
        fields['cron'] === undefined &&
        fields['interval'] !== undefined,
    )
    .map(({ path }) => ({
      path: [...path, 'timeZone'],
      message: 'an interval has no time zone',
      expected: '`cron`, or no `timeZone`',
      atKey: true,
    }));
}
