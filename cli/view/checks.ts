import type { Check } from '../../activities/package/verify/check.ts';
import { oneLine } from './foreign-text.ts';
import type { Painter } from './format.ts';

const marks = {
  ok: ['green', 'ok'],
  failed: ['red', 'FAILED'],
  unreachable: ['yellow', 'unreachable'],
  skipped: ['gray', 'skipped'],
} as const;

/** A line for each check of a package, and the count. */
export function checksText(checks: readonly Check[], paint: Painter): string {
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const wordWidth = Math.max(...checks.map(({ status }) => marks[status][1].length));
  const bad = checks.filter(({ status }) => status === 'failed' || status === 'unreachable').length;
  return [
    ...checks.map(({ name, status, detail }) => {
      const [colour, word] = marks[status];
      return `${paint(colour, word.padEnd(wordWidth))}  ${name.padEnd(nameWidth)}  ${oneLine(detail)}`;
    }),
    '',
    bad === 0
      ? `Verified: ${checks.filter(({ status }) => status === 'ok').length} checks.`
      : `NOT verified: ${bad} of ${checks.length} checks.`,
  ].join('\n');
}
