import type { CheckRule } from './rules.ts';
import { suggest } from './suggest.ts';

/**
 * A name that Temporal's server knows too: it reads the IANA files, where case counts and offsets
 * like `+02:00`, which `Intl` takes, are no names.
 */
export const timeZone: CheckRule = {
  expected: 'the IANA name of a time zone, e.g. Europe/Berlin or UTC',
  problem(text) {
    const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];
    if (known.includes(text)) return null;
    // `Intl` lists one name of each zone and knows all: older ones, Etc/GMT+1, US/Eastern.
    const meant = suggest(text, known);
    const sameLetters = meant?.toLowerCase() === text.toLowerCase();
    if (/^[A-Z]/.test(text) && !sameLetters && isKnown(text)) return null;
    const hint = meant === null ? '' : `; did you mean ${meant}?`;
    return `there is no time zone ${JSON.stringify(text.slice(0, 80))}${hint}`;
  },
};

function isKnown(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
