import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { expect, test } from 'vitest';
import { failure, failurePolicies } from '../../../workflows/contract/failures.ts';
import { failureOf } from '../../../workflows/internal/failure-of.ts';

const inActivity = (cause: Error | undefined, activity = 'fetchSource'): ActivityFailure =>
  new ActivityFailure(
    'Activity task failed',
    activity,
    '1',
    RetryState.MAXIMUM_ATTEMPTS_REACHED,
    'worker',
    cause,
  );
const inChild = (cause: Error | undefined): ChildWorkflowFailure =>
  new ChildWorkflowFailure(
    'default',
    { workflowId: 'shop/1/api/server', runId: 'run' },
    'buildContainer',
    RetryState.NON_RETRYABLE_FAILURE,
    cause,
  );
const timeout = (cause?: Error): TimeoutFailure => {
  const timedOut = new TimeoutFailure('timed out', undefined, TimeoutType.SCHEDULE_TO_CLOSE);
  if (cause !== undefined) Object.assign(timedOut, { cause });
  return timedOut;
};
const down = failure('SourceUnavailable', 'git.test does not answer');

const cases: readonly (readonly [string, unknown, string, string])[] = [
  ['an activity’s failure', inActivity(down), 'SourceUnavailable', 'git.test does not answer'],
  ['a child’s failure', inChild(down), 'SourceUnavailable', 'git.test does not answer'],
  ['a failure in a failure', inChild(inActivity(down)), 'SourceUnavailable', down.message],
  [
    'a service that was down until time was up',
    inActivity(timeout(down)),
    'SourceUnavailable',
    down.message,
  ],
  [
    'an activity that did not end',
    inActivity(timeout()),
    'SourceUnavailable',
    'fetchSource did not end in time (SCHEDULE_TO_CLOSE)',
  ],
  [
    'a wait for a Pod that had many turns',
    inActivity(timeout(failure('PodStillRunning', 'still runs')), 'awaitBuildPod'),
    'DeadlineExceeded',
    'awaitBuildPod did not end in time (SCHEDULE_TO_CLOSE)',
  ],
  [
    'an error that no activity should throw',
    inActivity(ApplicationFailure.create({ type: 'TypeError', message: 'x is not a function' })),
    'Unknown',
    'x is not a function',
  ],
  [
    'a terminated child',
    inChild(new TerminatedFailure('Terminated')),
    'Cancelled',
    'someone terminated it; the sweeper deletes its builder Pod if there is one left',
  ],
  ['a cancelled child', inChild(new CancelledFailure('by hand')), 'Unknown', 'by hand'],
  ['a failure without a cause', inActivity(undefined), 'Unknown', 'Activity task failed'],
  ['what is no error', 'text', 'Unknown', 'text'],
];

test.each(cases)('%s', (_name, error, type, message) => {
  const { hint } = failurePolicies[type as 'Unknown'];
  expect(failureOf(error)).toEqual({ type, message, hint, log: null });
});

test('the log tail comes along', () => {
  const error = failure('BuilderFault', 'the builder failed', { details: { log: 'panic: …' } });
  expect(failureOf(inActivity(error)).log).toBe('panic: …');
});
