import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BuildSchedule } from '../../workflows/contract/application.ts';
import { definition, parsed, problems } from './definitions.ts';

function scheduled(...schedules: readonly string[]): string {
  const list = schedules.map((schedule) => `\n    - ${schedule}`).join('');
  return definition('{ name: c }').replace('  components:', `  schedules:${list}\n  components:`);
}

function only(schedule: string): BuildSchedule {
  const { schedules = [] } = parsed(scheduled(schedule));
  expect(schedules).toHaveLength(1);
  return schedules[0]!;
}

describe('spec.schedules', () => {
  it('has the defaults of the design', () => {
    expect(only('{ name: nightly, cron: "30 3 * * *" }')).toStrictEqual({
      name: 'nightly',
      cron: ['30 3 * * *'],
      interval: null,
      timeZone: 'UTC',
      jitter: 0,
      overlap: 'skip',
      catchUpWindow: 600,
      pauseOnFailure: false,
      paused: false,
    });
  });

  it('reads every field', () => {
    const text = `{ name: often, cron: ["0 6-18/2 * * mon-fri", "0  12 * * sun"], interval: 6h, timeZone: Europe/Berlin,
        jitter: 2m30s, overlap: buffer-one, catchUpWindow: 1h, pauseOnFailure: true, paused: true }`;
    expect(only(text)).toStrictEqual({
      name: 'often',
      cron: ['0 6-18/2 * * mon-fri', '0 12 * * sun'],
      interval: 21_600,
      timeZone: 'Europe/Berlin',
      jitter: 150,
      overlap: 'buffer-one',
      catchUpWindow: 3600,
      pauseOnFailure: true,
      paused: true,
    });
    expect(only('{ name: a, interval: 744h }')).toMatchObject({ cron: [], interval: 2_678_400 });
  });

  it('is absent where there are none', () => {
    const none = definition('{ name: c }');
    const empty = none.replace('  components:', '  schedules: []\n  components:');
    expect(parsed(none)).not.toHaveProperty('schedules');
    expect(parsed(empty)).toStrictEqual(parsed(none));
  });

  it.each([
    ['neither cron nor interval', '{ name: a }', '', 'the schedule does not say when'],
    ['no name', '{ interval: 1h }', '.name', '`name` is missing'],
    ['a name that is none', '{ name: A b, interval: 1h }', '.name', '"A b" is refused here'],
    ['six fields', '{ name: a, cron: 0 0 3 * * * }', '.cron', 'it has 6 fields'],
    ['a wrong hour', '{ name: a, cron: 0 25 * * * }', '.cron', 'hour: "25" is not within 0–23'],
    [
      'a wrong item of a list',
      '{ name: a, cron: ["0 3 * * *", "0 3 * *"] }',
      '.cron[1]',
      'it has 4 fields',
    ],
    ['a number in a list', '{ name: a, cron: [5] }', '.cron[0]', 'it has 1 field'],
    ['a number', '{ name: a, cron: 5 }', '.cron', 'it has 1 field'],
    ['an interval that is a number', '{ name: a, interval: 60 }', '.interval', '60 is a number'],
    ['an empty list', '{ name: a, cron: [] }', '.cron', 'an empty list is refused here'],
    ['a mapping', '{ name: a, cron: { hour: 3 } }', '.cron', 'a mapping is refused here'],
    [
      'an interval without unit',
      '{ name: a, interval: "60" }',
      '.interval',
      '"60" is refused here',
    ],
    ['less than a minute', '{ name: a, interval: 59s }', '.interval', '"59s" is refused here'],
    ['more than a month', '{ name: a, interval: 745h }', '.interval', '"745h" is refused here'],
    [
      'a day of jitter',
      '{ name: a, interval: 1h, jitter: 25h }',
      '.jitter',
      '"25h" is refused here',
    ],
    [
      'a catch-up window below Temporal’s',
      '{ name: a, interval: 1h, catchUpWindow: 9s }',
      '.catchUpWindow',
      '"9s" is refused here',
    ],
    [
      'a time zone that is none',
      '{ name: a, cron: 0 3 * * *, timeZone: Europe/Berln }',
      '.timeZone',
      'there is no time zone "Europe/Berln"; did you mean Europe/Berlin?',
    ],
    [
      'a time zone for an interval',
      '{ name: a, interval: 1h, timeZone: Europe/Berlin }',
      '.timeZone',
      'an interval has no time zone',
    ],
    [
      'Temporal’s own word',
      '{ name: a, interval: 1h, overlap: SKIP }',
      '.overlap',
      '"SKIP" is refused here',
    ],
    [
      'a text for paused',
      '{ name: a, interval: 1h, paused: "no" }',
      '.paused',
      '"no" is refused here',
    ],
    [
      'a misspelt field',
      '{ name: a, interval: 1h, timezone: UTC }',
      '.timezone',
      'there is no field `timezone` here',
    ],
  ])('refuses %s', (_what, schedule, path, message) => {
    expect(problems(scheduled(schedule))).toMatchObject([
      { path: `spec.schedules[0]${path}`, message, line: 8 },
    ]);
  });

  it('says what was expected', () => {
    const expectedOf = (schedule: string) => problems(scheduled(schedule))[0]?.expected;
    expect(expectedOf('{ name: a, interval: 1h, timezone: UTC }')).toBe('`timeZone`?');
    expect(expectedOf('{ name: a, interval: 1s }')).toBe('a duration of 1m to 744h');
    expect(expectedOf('{ name: a, cron: x }')).toContain('30 3 * * mon-fri');
    expect(expectedOf('{ name: a, cron: [] }')).toBe('at least one cron expression');
    expect(expectedOf('{ name: a, cron: { x: y } }')).toContain('a list of them');
    expect(expectedOf('{ name: a, interval: 1h, overlap: SKIP }')).toBe(
      'skip or buffer-one or allow or cancel-other',
    );
  });

  it('refuses two of one name', () => {
    const twice = scheduled('{ name: a, interval: 1h }', '{ name: a, interval: 2h }');
    expect(problems(twice)).toMatchObject([
      { path: 'spec.schedules[1].name', line: 9, message: 'there is a schedule "a" already' },
    ]);
  });

  it.each(['cron: */5 * * * *', 'cron: * * * * *'])('asks for quotes around %s, once', (line) => {
    const text = `${definition('{ name: c }')}\n  schedules:\n    - name: a\n      ${line}`;
    expect(problems(text)).toMatchObject([
      {
        line: 13,
        message: 'a value that begins with `*` is read as a YAML alias',
        expected: expect.stringContaining('"*/5 * * * *"'),
      },
    ]);
  });

  it('is looked for in spec', () => {
    expect(problems(`${definition('{ name: c }')}\nschedules: []`)).toMatchObject([
      { path: 'schedules', message: '`schedules` has no place here', expected: 'it in `spec`' },
    ]);
  });

  it('takes any value instead of a schedule without an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', 'cron', 'name', 'interval'), (value, at) => {
        const written = JSON.stringify(value);
        const schedule = at === '' ? written : `{ name: a, ${at}: ${written} }`;
        for (const problem of problems(scheduled(schedule))) {
          expect(problem.path).toMatch(/^(?:|spec\.schedules\[0\].*)$/);
          expect(problem.expected).not.toBe('');
        }
      }),
    );
  });
});
