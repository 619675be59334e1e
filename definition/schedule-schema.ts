import { z } from 'zod';
import { cronExpression } from './cron.ts';
import { dnsLabel } from './rules.ts';
import { checked, durationOf, matching } from './schema-rules.ts';
import { timeZone } from './time-zone.ts';

const cron = checked(cronExpression).describe(
  'Minute, hour, day of month, month, day of week; both days must match.',
);

/** One entry of `spec.schedules`. */
export const schedule = z
  .strictObject({
    name: matching(dnsLabel).describe('Unique among the application’s schedules.'),
    cron: z
      .union([cron, z.array(cron).min(1, { error: 'at least one cron expression' })], {
        error: 'a cron expression, as a string, or a list of them',
      })
      .optional()
      .describe('When: five fields, or a list of such, e.g. "30 3 * * mon-fri".'),
    interval: durationOf(['1m', '744h'])
      .optional()
      .describe('How often, e.g. "6h"; counted from 1970-01-01 UTC, not from the last build.'),
    timeZone: checked(timeZone)
      .optional()
      .describe('In which `cron` is read, e.g. Europe/Berlin; UTC when absent.'),
    jitter: durationOf(['0s', '24h'])
      .optional()
      .describe('A start is delayed by at most this, at random; 0s when absent.'),
    overlap: z
      .enum(['skip', 'buffer-one', 'allow', 'cancel-other'])
      .optional()
      .describe('What a start does while the schedule’s last build still runs; skip when absent.'),
    catchUpWindow: durationOf(['10s', '744h'])
      .optional()
      .describe('Starts that were missed are made up for within this time; 10m when absent.'),
    pauseOnFailure: z
      .boolean()
      .optional()
      .describe('Pause the schedule when one of its builds fails; false when absent.'),
    paused: z.boolean().optional().describe('Do not start builds for now; false when absent.'),
  })
  .describe('When the application is built without anybody asking.');

export type DefinitionSchedule = z.infer<typeof schedule>;
