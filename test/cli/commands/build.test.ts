import { expect, test } from 'vitest';
import { foundNote } from '../../../cli/commands/build.ts';

test('a build that is found by its key is told as one that is not new', () => {
  expect(foundNote({ startedAt: new Date('2026-11-22T23:30:15.123Z') })).toBe(
    'found by its key: started 2026-11-22 23:30:15 UTC, nothing new is built',
  );
});
