import { expect, test } from 'vitest';
import { stopAfter, TookTooLong } from '../../../activities/support/stop-after.ts';

function forever(): never {
  for (;;);
}

test('work comes back with its result, and with its error', () => {
  expect(stopAfter(10_000, () => [1, 2])).toEqual([1, 2]);
  const error = new SyntaxError('no');
  expect(() =>
    stopAfter(10_000, () => {
      throw error;
    }),
  ).toThrow(error);
});

test('work without an end is stopped, also in a regular expression', () => {
  expect(() => stopAfter(50, forever)).toThrow(TookTooLong);
  const pattern = /^(a+)+\1b$/;
  expect(() => stopAfter(50, () => pattern.test('a'.repeat(100)))).toThrow(TookTooLong);
  expect(stopAfter(10_000, () => pattern.test('aab'))).toBe(true);
});
