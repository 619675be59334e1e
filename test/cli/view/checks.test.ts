import { expect, it } from 'vitest';
import type { Check } from '../../../activities/package/verify/check.ts';
import { checksText } from '../../../cli/view/checks.ts';

const plain = (_: unknown, text: string) => text;
const ok: Check = { name: 'package: sums', status: 'ok', detail: '2 files' };
const failed: Check = { name: 'registry: a/b', status: 'failed', detail: 'is gone' };
const away: Check = { name: 'registry: a/c', status: 'unreachable', detail: 'no answer' };
const skipped: Check = { name: 'registry', status: 'skipped', detail: 'not asked' };

it('has a line for each check, aligned, and says that all hold', () => {
  expect(checksText([ok, skipped], plain)).toBe(
    [
      'ok       package: sums  2 files',
      'skipped  registry       not asked',
      '',
      'Verified: 1 checks.',
    ].join('\n'),
  );
});

it.each<[readonly Check[], string]>([
  [[ok, failed], 'NOT verified: 1 of 2 checks.'],
  [[ok, away], 'NOT verified: 1 of 2 checks.'],
  [[failed, away, skipped], 'NOT verified: 2 of 3 checks.'],
])('says that something does not hold: %#', (checks, end) => {
  const text = checksText(checks, plain);
  expect(text.endsWith(end)).toBe(true);
  expect(text).toMatch(/^(FAILED|unreachable) /m);
});

it('marks what does not hold with colours of its own', () => {
  const marked = checksText([ok, failed, away], (style, text) => `<${String(style)}>${text}`);
  expect(marked).toContain('<green>ok');
  expect(marked).toContain('<red>FAILED');
  expect(marked).toContain('<yellow>unreachable');
});
