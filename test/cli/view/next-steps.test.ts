import { expect, test } from 'vitest';
import { nextSteps } from '../../../cli/view/next-steps.ts';
import {
  attemptOf,
  buildResult,
  builtResult,
  componentResult,
  containerResult,
} from '../../support/results.ts';

const failed = (name: string) =>
  containerResult({ name, status: 'failed', attempts: [attemptOf({ decision: 'fail' })] });

test('after a failure name the log of what failed, and the retry', () => {
  const result = buildResult([componentResult([builtResult('db'), failed('server')])], {
    status: 'failed',
  });
  const { buildId } = result;
  expect(nextSteps(result)).toEqual([
    'Next:',
    `  slipway logs ${buildId} api/server  all that it printed`,
    `  slipway retry ${buildId}            builds what is missing, from the same commits`,
  ]);
});

test('name no log where there was no attempt, and not dozens of logs', () => {
  const early = containerResult({ name: 'early', status: 'failed' });
  const many = ['a', 'b', 'c', 'd'].map(failed);
  const steps = nextSteps(buildResult([componentResult([early, ...many])], { status: 'failed' }));
  expect(steps.filter((step) => step.includes(' logs '))).toHaveLength(3);
  expect(steps.join()).not.toContain('api/early');
});

test('after a cancellation name the retry', () => {
  expect(nextSteps(buildResult([], { status: 'cancelled' }))).toHaveLength(2);
});

test.each(['queued', 'running', 'parked', 'succeeded'] as const)(
  'are none of a build that is %s',
  (status) => {
    expect(nextSteps(buildResult([componentResult([failed('server')])], { status }))).toEqual([]);
  },
);
