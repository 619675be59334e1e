import type { BuildSchedule } from '../../workflows/contract/application.ts';

/** A schedule as the parser hands it over; what is not said is the definition's default. */
export function buildSchedule(change: Partial<BuildSchedule> = {}): BuildSchedule {
  return {
    name: 'nightly',
    cron: ['30 3 * * *'],
    interval: null,
    timeZone: 'UTC',
    jitter: 0,
    overlap: 'skip',
    catchUpWindow: 600,
    pauseOnFailure: false,
    paused: false,
    ...change,
  };
}
