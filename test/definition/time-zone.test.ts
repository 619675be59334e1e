import { describe, expect, it } from 'vitest';
import { timeZone } from '../../definition/time-zone.ts';

describe('timeZone', () => {
  it.each([
    'UTC',
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'America/Port_of_Spain',
    // Not among those that `Intl` lists.
    'Asia/Kolkata',
    'US/Eastern',
    'Etc/GMT+1',
  ])('takes %s', (name) => {
    expect(timeZone.problem(name)).toBeNull();
  });

  it.each([
    ['Europe/Berln', 'there is no time zone "Europe/Berln"; did you mean Europe/Berlin?'],
    ['europe/berlin', 'there is no time zone "europe/berlin"; did you mean Europe/Berlin?'],
    ['EUROPE/BERLIN', 'there is no time zone "EUROPE/BERLIN"; did you mean Europe/Berlin?'],
    ['utc', 'there is no time zone "utc"; did you mean UTC?'],
    ['Berlin', 'there is no time zone "Berlin"'],
    ['+02:00', 'there is no time zone "+02:00"'],
    ['Local', 'there is no time zone "Local"'],
    ['', 'there is no time zone ""'],
  ])('refuses %j: %s', (name, problem) => {
    expect(timeZone.problem(name)).toBe(problem);
  });

  it('takes every name that the runtime lists', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      expect(timeZone.problem(name)).toBeNull();
    }
  });
});
