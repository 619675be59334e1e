import { expect, test } from 'vitest';
import { retryDelay } from '../../../activities/registry/retry-after.ts';

const now = Date.parse('2026-11-23T10:00:00Z');

test.each([
  ['30', 30_000],
  [' 30 ', 30_000],
  ['0', 1_000],
  ['86400', 300_000],
  ['Mon, 23 Nov 2026 10:02:00 GMT', 120_000],
  ['Mon, 23 Nov 2026 09:00:00 GMT', 1_000],
  ['Tue, 24 Nov 2026 10:00:00 GMT', 300_000],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After %j is %s ms', (header, delay) => {
  expect(retryDelay(header, now)).toBe(delay);
});
