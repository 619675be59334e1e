import { TypedSearchAttributes } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { ServiceUnreachable } from '../../client/errors.ts';
import { listBuilds, type ListedBuild, type ListOptions } from '../../client/list.ts';
import type { BuildStatus } from '../../workflows/contract/build.ts';
import {
  applicationAttribute,
  phaseAttribute,
  scheduleAttribute,
} from '../../workflows/contract/search-attributes.ts';
import { grpcError, standInClient } from './stand-in.ts';

interface Listed {
  readonly id?: string;
  readonly status?: string;
  readonly phase?: string;
  readonly schedule?: string;
  readonly memo?: object;
  readonly closed?: Date;
}

const startTime = new Date('2026-11-22T10:00:00Z');

function workflow({ id = 'shop/k1', status = 'RUNNING', phase, schedule, memo, closed }: Listed) {
  return {
    workflowId: id,
    status: { name: status },
    startTime,
    closeTime: closed,
    memo: memo === undefined ? undefined : { slipwayBuild: memo },
    typedSearchAttributes: new TypedSearchAttributes([
      { key: applicationAttribute, value: 'shop' },
      ...(phase === undefined ? [] : [{ key: phaseAttribute, value: phase }]),
      ...(schedule === undefined ? [] : [{ key: scheduleAttribute, value: schedule }]),
    ]),
  };
}

async function listed(workflows: readonly Listed[], options?: ListOptions) {
  const client = standInClient({}, { listed: workflows.map(workflow) });
  const builds: ListedBuild[] = [];
  for await (const build of listBuilds(client, options)) builds.push(build);
  return { builds, calls: client.calls };
}

describe('a listed build', () => {
  test('is what Temporal keeps of it', async () => {
    const closed = new Date('2026-11-22T10:05:00Z');
    const { builds } = await listed([{ status: 'COMPLETED', phase: 'succeeded', closed }]);
    expect(builds).toEqual([
      {
        buildId: 'shop/k1',
        application: 'shop',
        mode: 'build',
        status: 'succeeded',
        startedAt: startTime,
        endedAt: closed,
        trigger: null,
      },
    ]);
  });

  test.each<[Listed, BuildStatus]>([
    [{ status: 'RUNNING' }, 'running'],
    [{ status: 'RUNNING', phase: 'parked' }, 'parked'],
    [{ status: 'RUNNING', phase: 'a phase of a later version' }, 'running'],
    [{ status: 'COMPLETED', phase: 'running' }, 'succeeded'],
    [{ status: 'FAILED', phase: 'failed' }, 'failed'],
    [{ status: 'TERMINATED', phase: 'running' }, 'failed'],
    [{ status: 'TIMED_OUT', phase: 'running' }, 'failed'],
    [{ status: 'CANCELLED', phase: 'running' }, 'cancelled'],
  ])('%o is %s', async (workflowOf, status) => {
    expect((await listed([workflowOf])).builds[0]?.status).toBe(status);
  });

  test('says what started it', async () => {
    const retry = { kind: 'retry', of: 'shop/k0' };
    const { builds } = await listed([
      { memo: { mode: 'build', trigger: retry } },
      { schedule: 'nightly' },
      {},
    ]);
    expect(builds.map(({ trigger }) => trigger)).toEqual([
      retry,
      { kind: 'schedule', schedule: 'nightly' },
      null,
    ]);
  });
});

describe('a list', () => {
  const plan = { memo: { mode: 'plan', trigger: null } };

  test('has no plans, unless they are asked for', async () => {
    expect((await listed([plan, {}])).builds.map(({ mode }) => mode)).toEqual(['build']);
    const { builds } = await listed([plan, {}], { plans: true });
    expect(builds.map(({ mode }) => mode)).toEqual(['plan', 'build']);
  });

  test.each([
    [1, 1],
    [2, 2],
    [5, 3],
    [0, 0],
  ])('of at most %i has %i', async (limit, count) => {
    expect((await listed([{}, plan, {}, {}], { limit })).builds).toHaveLength(count);
  });

  const base = `WorkflowType = 'buildApplication' AND TaskQueue = 'slipway'`;
  test.each<[ListOptions, string]>([
    [{}, base],
    [{ application: 'shop' }, `${base} AND SlipwayApplication = 'shop'`],
    [
      { application: `x' OR WorkflowType = 'y\\` },
      `${base} AND SlipwayApplication = 'x\\' OR WorkflowType = \\'y\\\\'`,
    ],
    [{ schedule: 'nightly' }, `${base} AND SlipwaySchedule = 'nightly'`],
    [{ status: 'running' }, `${base} AND ExecutionStatus = 'Running' AND SlipwayPhase = 'running'`],
    [{ status: 'parked' }, `${base} AND ExecutionStatus = 'Running' AND SlipwayPhase = 'parked'`],
    [{ status: 'succeeded' }, `${base} AND ExecutionStatus = 'Completed'`],
    [
      { status: 'failed', application: 'shop' },
      `${base} AND SlipwayApplication = 'shop' AND ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')`,
    ],
    [{ status: 'cancelled' }, `${base} AND ExecutionStatus = 'Canceled'`],
  ])('of %o asks Temporal for those', async (options, query) => {
    expect((await listed([], options)).calls).toEqual([`list ${query}`]);
  });

  test('that Temporal does not answer is told', async () => {
    async function* broken() {
      yield workflow({});
      throw grpcError(14, 'no connection');
    }
    const builds = listBuilds(standInClient({}, { listed: broken() }));
    expect((await builds.next()).done).toBe(false);
    await expect(builds.next()).rejects.toThrow(ServiceUnreachable);
  });
});
