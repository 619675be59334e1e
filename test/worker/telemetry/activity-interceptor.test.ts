import type { Context } from '@temporalio/activity';
import { describe, expect, test } from 'vitest';
import { activityTelemetry } from '../../../worker/telemetry/activity-interceptor.ts';
import type { MetricName } from '../../../worker/telemetry/metrics.ts';
import { failure } from '../../../workflows/contract/failures.ts';

type Recorded = readonly [MetricName, number, object | undefined];

/** The interceptors of one activity, and what they record; the clock goes on by 2 s at each look. */
function intercept(activityType: string, workflowId = 'shop/k1/api/server') {
  const recorded: Recorded[] = [];
  let now = 0;
  const factory = activityTelemetry(
    { record: (name, value, labels) => void recorded.push([name, value, labels]) },
    () => (now += 2_000),
  );
  const info = { activityType, workflowExecution: { workflowId, runId: 'r' } };
  const { inbound, outbound } = factory({ info } as unknown as Context);
  const execute = (argument: unknown, work: () => Promise<unknown>): Promise<unknown> | undefined =>
    inbound?.execute?.({ args: [argument], headers: {} }, work);
  const attributes = (): Record<string, unknown> | undefined =>
    outbound?.getLogAttributes?.(
      { attempt: 3, taskToken: 'dG9rZW4=', activityType },
      (input) => input,
    );
  return { recorded, execute, attributes };
}

describe('metrics', () => {
  test('have the activity’s duration in seconds; its result passes unchanged', async () => {
    const { recorded, execute } = intercept('fetchSource');
    const result = { context: {} };
    expect(await execute({}, async () => result)).toBe(result);
    expect(recorded).toEqual([
      ['slipway_phase_duration_seconds', 2, { phase: 'fetch', outcome: 'succeeded' }],
    ]);
  });

  test('have the failure; it passes unchanged', async () => {
    const { recorded, execute } = intercept('renderDockerfile');
    const error = failure('TemplateInvalid', 'no');
    await expect(execute({}, () => Promise.reject(error))).rejects.toBe(error);
    expect(recorded.map(([name]) => name)).toEqual([
      'slipway_phase_duration_seconds',
      'slipway_activity_failures_total',
    ]);
  });
});

describe('a log line', () => {
  test('has the container build, and Temporal’s tries under a name of their own', () => {
    expect(intercept('fetchSource').attributes()).toEqual({
      activityType: 'fetchSource',
      activityAttempt: 3,
      buildId: 'shop/k1',
      component: 'api',
      container: 'server',
    });
  });

  test('has the attempt while the activity is about one', async () => {
    const { execute, attributes } = intercept('awaitBuildPod');
    let seen: object | undefined;
    await execute({ attempt: { generation: 1 } }, async () => {
      seen = attributes();
      return { kind: 'failed', failureType: 'Unknown', startedAt: '', finishedAt: '' };
    });
    expect(seen).toMatchObject({ attempt: 1, activityAttempt: 3, container: 'server' });
  });

  test('of a build as a whole has its id, of anything else none', () => {
    expect(intercept('resolveSources', 'shop/k1').attributes()).toMatchObject({
      buildId: 'shop/k1',
    });
    expect(intercept('sweepPods', 'sweep').attributes()).not.toHaveProperty('buildId');
  });
});
