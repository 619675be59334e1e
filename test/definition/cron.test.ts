import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { cronExpression, normaliseCron } from '../../definition/cron.ts';

// Property tests take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('cronExpression', () => {
  it.each([
    '* * * * *',
    '0 3 * * *',
    '*/5 * * * *',
    '30 3 * * mon-fri',
    '30 3 * * MON,Wed,5',
    '0 0 1 jan *',
    '0 0 29 2 *',
    '0 0 29-31 feb *',
    '0 0 31 2,3 *',
    '0-30/10,45 8-18 1,15 1-12/3 0-7',
    '5/20 * * * *',
    '  0   3 * * *  ',
    '0 0 * * 7',
    '00 03 01 01 00',
  ])('takes %s', (text) => {
    expect(cronExpression.problem(text)).toBeNull();
  });

  it.each([
    ['', 'it has 0 fields'],
    ['0 3 * *', 'it has 4 fields'],
    ['0 3 * * * *', 'it has 6 fields'],
    ['0 0 3 * * * 2030', 'it has 7 fields'],
    ['@daily', '@daily is not five fields'],
    ['@every 5m', '@every is not five fields'],
    ['CRON_TZ=Europe/Berlin 0 3 * * *', 'the time zone has a field of its own, `timeZone`'],
    ['TZ=UTC 0 3 * * *', 'the time zone has a field of its own, `timeZone`'],
    ['60 3 * * *', 'minute: "60" is not within 0–59'],
    ['0 24 * * *', 'hour: "24" is not within 0–23'],
    ['0 0 0 * *', 'day of month: "0" is not within 1–31'],
    ['0 0 32 * *', 'day of month: "32" is not within 1–31'],
    ['0 0 1 13 *', 'month: "13" is not within 1–12, jan–dec'],
    ['0 0 * * 8', 'day of week: "8" is not within 0–7, sun–sat'],
    ['0 0 * * monday', 'day of week: "monday" is not within 0–7, sun–sat'],
    ['0 0 mon * *', 'day of month: "mon" is not within 1–31'],
    ['0 0 * * fri-mon', 'day of week: fri-mon ends before it begins'],
    ['30-10 * * * *', 'minute: 30-10 ends before it begins'],
    ['*/0 * * * *', 'minute: */0 has a step of 0'],
    ['*/x * * * *', 'minute: "*/x" is no value'],
    ['1, * * * *', 'minute: "" is no value'],
    ['? * * * *', 'minute: "?" is no value'],
    ['0 0 L * *', 'day of month: "L" is not within 1–31'],
    ['0 0 * * 5#2', 'day of week: "5#2" is no value'],
    ['-1 * * * *', 'minute: "-1" is no value'],
    ['1-2-3 * * * *', 'minute: "1-2-3" is no value'],
    ['*-5 * * * *', 'minute: "*-5" is no value'],
    ['0 0 30 2 *', 'that day never comes'],
    ['0 0 31 feb,4,jun,9,11 *', 'that day never comes'],
  ])('refuses %j: %s', (text, problem) => {
    expect(cronExpression.problem(text)).toBe(problem);
  });

  it('takes whatever is made of values within their fields', () => {
    const part = (min: number, max: number) => {
      const value = fc.integer({ min, max });
      const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
      const base = fc.oneof(fc.constant('*'), value.map(String), range);
      const step = fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined });
      return fc.tuple(base, step).map(([text, by]) => (by === undefined ? text : `${text}/${by}`));
    };
    const field = (min: number, max: number) =>
      fc.array(part(min, max), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
    const expression = fc.tuple(
      field(0, 59),
      field(0, 23),
      // From the 30th on, some days never come.
      field(1, 29),
      field(1, 12),
      field(0, 7),
    );
    fc.assert(
      fc.property(expression, (fields) => {
        expect(cronExpression.problem(fields.join(' '))).toBeNull();
      }),
    );
  });

  it('says what is wrong with a value outside its field, wherever it is', () => {
    const limits = [59, 23, 31, 12, 7];
    fc.assert(
      fc.property(fc.nat(4), fc.integer({ min: 1, max: 40 }), (at, above) => {
        const fields = ['*', '*', '*', '*', '*'];
        fields[at] = `1,${limits[at]! + above}`;
        expect(cronExpression.problem(fields.join(' '))).toContain('is not within');
      }),
    );
  });

  it('never throws, for any text, and what it takes has five plain fields', () => {
    const text = fc.string({ unit: fc.constantFrom(...'*/-, 0123579jansu@=\n'.split('')) });
    fc.assert(
      fc.property(text, (any) => {
        if (cronExpression.problem(any) !== null) return;
        expect(normaliseCron(any)).toMatch(/^[\da-z*/,-]+(?: [\da-z*/,-]+){4}$/i);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('normaliseCron', () => {
  it('leaves one space between the fields, and does not change what it made', () => {
    expect(normaliseCron(' 0\t3  * *\n* ')).toBe('0 3 * * *');
    expect(normaliseCron('0 3 * * *')).toBe('0 3 * * *');
  });
});
