import type { Context } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { failureBackOff } from '../../worker/back-off.ts';
import { failure } from '../../workflows/contract/failures.ts';

/** What the activity's error is to the server: the wait in milliseconds, or null for the policy's. */
async function waitAfter(
  error: unknown,
  attempt: number,
  { longest = 900, activityType = 'verifyImage' } = {},
): Promise<unknown> {
  const info = { attempt, activityType };
  const { inbound } = failureBackOff(longest)({ info } as unknown as Context);
  const run = inbound?.execute?.({ args: [], headers: {} }, () => Promise.reject(error));
  const thrown: unknown = await run?.catch((caught: unknown) => caught);
  expect(thrown).toBe(error);
  return (thrown as { nextRetryDelay?: number | null }).nextRetryDelay ?? null;
}

test.each([
  [1, 60_000],
  [2, 120_000],
  [5, 900_000],
  [50, 900_000],
])(
  'a registry that limits requests is left alone, after try %i for %i ms',
  async (attempt, wait) => {
    expect(await waitAfter(failure('RegistryRateLimited', '429'), attempt)).toBe(wait);
  },
);

test('no wait is longer than the setting', async () => {
  expect(await waitAfter(failure('RegistryRateLimited', '429'), 3, { longest: 10 })).toBe(10_000);
});

test.each([
  ['what the other side asked for', failure('RegistryRateLimited', '', { retryAfter: 7 }), 7],
  ['what is not tried again', failure('TemplateInvalid', 'no'), null],
  ['what is tried again at once', failure('ContextExpired', 'gone'), null],
  ['what is no failure of ours', new Error('a mistake'), null],
])('%s stays as it is', async (_, error, wait) => {
  expect(await waitAfter(error, 1)).toBe(wait);
});

test('a wait for a Pod, whose attempts are turns of workers, waits as its policy has it', async () => {
  const away = failure('ClusterUnavailable', 'connection refused');
  expect(await waitAfter(away, 7, { activityType: 'awaitBuildPod' })).toBeNull();
});
