import { CancelledFailure } from '@temporalio/common';
import { expect, test, vi } from 'vitest';
import { withPromptCancel } from '../../../activities/build-pod/prompt-cancel.ts';
import { activityEnvironment, runActivity } from '../../support/activity.ts';

function creation() {
  const answer = Promise.withResolvers<string>();
  const environment = activityEnvironment();
  const heartbeats = vi.fn<() => void>();
  environment.on('heartbeat', heartbeats);
  const done = runActivity(
    withPromptCancel(() => answer.promise),
    {},
    environment,
  );
  done.catch(() => undefined);
  return { answer, environment, heartbeats, done };
}

test('what was created is told, also while it is being cancelled', async () => {
  const { answer, environment, done } = creation();
  environment.cancel();
  answer.resolve('pod');
  expect(await done).toBe('pod');
});

test('what failed has failed, also while it is being cancelled', async () => {
  const { answer, environment, done } = creation();
  environment.cancel();
  answer.reject(new Error('exceeded quota'));
  await expect(done).rejects.toThrow('exceeded quota');
});

test('an answer that does not come is not waited for after a cancel', async () => {
  const { environment, done } = creation();
  environment.cancel();
  await expect(done).rejects.toBeInstanceOf(CancelledFailure);
});

test('without a cancel it heartbeats until the answer is there', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { answer, heartbeats, done } = creation();
    expect(heartbeats).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(5_000);
    expect(heartbeats).toHaveBeenCalledTimes(6);
    answer.resolve('pod');
    expect(await done).toBe('pod');
    vi.advanceTimersByTime(5_000);
    expect(heartbeats).toHaveBeenCalledTimes(6);
  } finally {
    vi.useRealTimers();
  }
});
