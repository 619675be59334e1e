import type { Duration } from '@temporalio/common';
import { expectTypeOf, test } from 'vitest';

// Without @types/ms, Temporal's durations are `any`: a misspelt timeout would fail at run time only.
test('durations are checked by the compiler', () => {
  expectTypeOf('20 minutes' as const).toExtend<Duration>();
  expectTypeOf('banana' as const).not.toExtend<Duration>();
});
