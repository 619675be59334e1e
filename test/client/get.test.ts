import {
  QueryNotRegisteredError,
  ServiceError,
  WorkflowFailedError,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import { ApplicationFailure, RetryState, TerminatedFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { BuildNotFound, ServiceUnreachable } from '../../client/errors.ts';
import { getBuild } from '../../client/get.ts';
import type { BuildStatus, ContainerResult } from '../../workflows/contract/build.ts';
import { failurePolicies } from '../../workflows/contract/failures.ts';
import type { ContainerProgress } from '../../workflows/contract/messages.ts';
import { openObjectServer } from '../support/object-server.ts';
import {
  attemptOf,
  buildResult,
  builtResult,
  componentResult,
  containerResult,
  failureResult,
} from '../support/results.ts';
import { grpcError, standInClient, type ScriptedWorkflow } from './stand-in.ts';

const running = (name: string): ContainerResult => containerResult({ name, status: 'running' });
const components = [
  componentResult([builtResult('migrate'), running('server')]),
  componentResult([running('site'), containerResult({ name: 'cron' })], { name: 'web' }),
];

function build(
  workflow: WorkflowExecutionStatusName,
  status: BuildStatus,
  changes: ScriptedWorkflow = {},
): ScriptedWorkflow {
  const { components: _, ...rest } = buildResult([], { status });
  return {
    status: () => workflow,
    summary: () => ({
      ...rest,
      components: components.map(({ name }) => name),
      warnings: ['api/server: look'],
    }),
    component: (asked) => {
      const found = components.find(({ name }) => name === asked);
      if (found === undefined) throw new Error(`no component ${asked}`);
      return found;
    },
    ...changes,
  };
}

const progress = (pod: string): ContainerProgress => ({
  phase: 'pod',
  generation: 0,
  pod,
  result: running('server'),
});
const live: ScriptedWorkflow = { status: () => 'RUNNING' };
const failedOf = (cause: Error | undefined): WorkflowFailedError =>
  new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);

describe('a running build', () => {
  test('is its summary, its components and what its running containers do', async () => {
    const client = standInClient({
      'shop/k1': build('RUNNING', 'running'),
      'shop/k1/api/server': { ...live, progress: () => progress('bld-server-0') },
      'shop/k1/web/site': { ...live, progress: () => progress('bld-site-0') },
    });
    const snapshot = await getBuild(client, 'shop/k1');
    expect(snapshot).toEqual({
      result: buildResult(components),
      closed: false,
      failure: null,
      warnings: ['api/server: look'],
      waitingFor: null,
      mode: 'build',
      running: new Map([
        ['api/server', { ...progress('bld-server-0'), waitingFor: null, lastLogLine: null }],
        ['web/site', { ...progress('bld-site-0'), waitingFor: null, lastLogLine: null }],
      ]),
    });
    expect(client.calls.toSorted()).toEqual(
      [
        'shop/k1 describe',
        'shop/k1 query build',
        'shop/k1 query component api',
        'shop/k1 query component web',
        'shop/k1/api/server query progress',
        'shop/k1/api/server describe',
        'shop/k1/web/site query progress',
        'shop/k1/web/site describe',
      ].toSorted(),
    );
  });

  test('has of a running container what that says of itself, but for its end', async () => {
    const attempts = [attemptOf({ next: 'attempt 1 has 1Gi' })];
    const why = { verdict: 'build', changes: [] } as const;
    const own = builtResult('server', { attempts, why, inputDigest: 'sha256:1', tags: ['latest'] });
    const client = standInClient({
      'shop/k1': build('RUNNING', 'running'),
      'shop/k1/api/server': {
        ...live,
        progress: () => ({ ...progress('bld-server-1'), result: own }),
      },
    });
    const { result } = await getBuild(client, 'shop/k1');
    expect(result.components[0]?.containers[1]).toEqual({
      ...running('server'),
      attempts,
      why,
      inputDigest: 'sha256:1',
    });
  });

  test('is shown without the progress of a container that does not answer', async () => {
    const client = standInClient({
      'shop/k1': build('RUNNING', 'running'),
      'shop/k1/api/server': { progress: () => Promise.reject(grpcError(4, 'late')) },
    });
    const { running: live, result } = await getBuild(client, 'shop/k1');
    expect(live).toEqual(new Map());
    expect(result).toEqual(buildResult(components));
  });

  test('is asked one question after the other', async () => {
    let open = 0;
    let most = 0;
    const alone = async <T>(answer: T): Promise<T> => {
      most = Math.max(most, (open += 1));
      await Promise.resolve();
      open -= 1;
      return answer;
    };
    const { summary, component, ...rest } = build('COMPLETED', 'succeeded');
    await getBuild(
      standInClient({
        'shop/k1': {
          ...rest,
          summary: async () => alone(await summary!()),
          component: async (name) => alone(await component!(name)),
        },
      }),
      'shop/k1',
    );
    expect(most).toBe(1);
  });
});

describe('an ended build', () => {
  test.each<[WorkflowExecutionStatusName, BuildStatus, BuildStatus]>([
    ['COMPLETED', 'succeeded', 'succeeded'],
    ['COMPLETED', 'failed', 'failed'],
    ['FAILED', 'failed', 'failed'],
    ['FAILED', 'running', 'failed'],
    ['CANCELLED', 'running', 'cancelled'],
    ['TERMINATED', 'running', 'failed'],
    ['TIMED_OUT', 'running', 'failed'],
  ])('%s that last knew itself %s is %s', async (workflow, known, status) => {
    const client = standInClient({
      'shop/k1': build(workflow, known, { result: () => Promise.reject(failedOf(undefined)) }),
    });
    const snapshot = await getBuild(client, 'shop/k1');
    expect(snapshot.result.status).toBe(status);
    expect(snapshot.closed).toBe(true);
    expect(snapshot.running).toEqual(new Map());
    const couldNotSay = workflow === 'TERMINATED' || workflow === 'TIMED_OUT';
    expect(client.calls.some((call) => call.includes('progress'))).toBe(couldNotSay);
    expect(snapshot.failure === null).toBe(status !== 'failed');
  });

  test.each<[string, Error | undefined, string, string]>([
    [
      'a known type',
      ApplicationFailure.create({ type: 'VersionExists', message: '1.0.0 is published' }),
      'VersionExists',
      '1.0.0 is published',
    ],
    [
      'a type that nobody knows',
      ApplicationFailure.create({ type: 'TypeError', message: 'x is undefined' }),
      'Unknown',
      'x is undefined',
    ],
    [
      'a person’s hand',
      new TerminatedFailure('by hand'),
      'Cancelled',
      'someone terminated it: by hand; its containers are cancelled',
    ],
    ['nothing that it says', undefined, 'Unknown', 'Workflow execution failed'],
  ])('that failed of %s says so', async (_what, cause, type, message) => {
    const client = standInClient({
      'shop/k1': build('FAILED', 'failed', { result: () => Promise.reject(failedOf(cause)) }),
    });
    const { failure } = await getBuild(client, 'shop/k1');
    const { hint } = failurePolicies[type as 'Unknown'];
    expect(failure).toEqual({ type, message, hint, log: null });
  });

  test.each<[WorkflowExecutionStatusName]>([['TERMINATED'], ['TIMED_OUT']])(
    'that is %s has nothing in it that still runs or waits',
    async (workflow) => {
      const client = standInClient({
        'shop/k1': build(workflow, 'running', {
          result: () => Promise.reject(failedOf(new TerminatedFailure('by hand'))),
        }),
      });
      const { result } = await getBuild(client, 'shop/k1');
      expect(result.components.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
      expect(
        result.components.flatMap((component) => component.containers.map(({ status }) => status)),
      ).toEqual(['built', 'cancelled', 'cancelled', 'skipped']);
    },
  );

  test.each<[WorkflowExecutionStatusName]>([['TERMINATED'], ['TIMED_OUT']])(
    'that is %s has the attempts that its containers tell of',
    async (workflow) => {
      const attempts = [attemptOf(), attemptOf({ generation: 1, decision: 'cancel' })];
      const client = standInClient({
        'shop/k1': build(workflow, 'running', {
          result: () => Promise.reject(failedOf(new TerminatedFailure('by hand'))),
        }),
        'shop/k1/api/server': {
          ...live,
          progress: () => ({ ...progress('bld-1'), result: { ...running('server'), attempts } }),
        },
      });
      const snapshot = await getBuild(client, 'shop/k1');
      expect(snapshot.running).toEqual(new Map());
      expect(snapshot.result.components[0]?.containers[1]).toEqual(
        containerResult({ name: 'server', status: 'cancelled', attempts }),
      );
    },
  );

  test('that completed with a failed container has no failure of its own', async () => {
    const client = standInClient({
      'shop/k1': build('COMPLETED', 'failed', { result: () => Promise.resolve() }),
    });
    expect((await getBuild(client, 'shop/k1')).failure).toBeNull();
  });
});

test('an ended build says itself what it failed of as a whole', async () => {
  const failure = failureResult('VersionExists');
  const script = build('FAILED', 'failed');
  const summary = async () => ({ ...(await script.summary!()), failure });
  const client = standInClient({ 'shop/k1': { ...script, summary } });
  const snapshot = await getBuild(client, 'shop/k1');
  expect(snapshot.failure).toEqual(failure);
  expect(client.calls).not.toContain('shop/k1 result');
});

test.each<[WorkflowExecutionStatusName]>([['RUNNING'], ['FAILED']])(
  'a container that was terminated tells its attempts itself, in a build that is %s',
  async (workflow) => {
    const attempts = [attemptOf()];
    const failure = failureResult('Cancelled', { message: 'someone terminated it' });
    const terminated = containerResult({ name: 'server', status: 'failed', failure });
    const client = standInClient({
      'shop/k1': build(workflow, 'running', {
        component: () => componentResult([terminated]),
        result: () => Promise.reject(failedOf(undefined)),
      }),
      'shop/k1/api/server': {
        ...live,
        progress: () => ({ ...progress('bld-1'), result: { ...running('server'), attempts } }),
      },
    });
    const snapshot = await getBuild(client, 'shop/k1');
    expect(snapshot.running).toEqual(new Map());
    expect(snapshot.result.components[0]?.containers).toEqual([{ ...terminated, attempts }]);
  },
);

test('a plan says that it is one, beside its result', async () => {
  const script = build('COMPLETED', 'succeeded');
  const summary = async () => ({ ...(await script.summary!()), mode: 'plan' as const });
  const { mode, result } = await getBuild(
    standInClient({ 'shop/k1': { ...script, summary } }),
    'shop/k1',
  );
  expect(mode).toBe('plan');
  expect(result).not.toHaveProperty('mode');
});

test('what a build itself waits for is its own activity’s last failure', async () => {
  const lastFailure = {
    message: 'git.example.com does not answer',
    applicationFailureInfo: { type: 'SourceUnavailable' },
  };
  const pendingActivities = () => [{ lastFailure, attempt: 4 }];
  const client = standInClient({ 'shop/k1': build('RUNNING', 'running', { pendingActivities }) });
  expect((await getBuild(client, 'shop/k1')).waitingFor).toBe(
    'SourceUnavailable: git.example.com does not answer (try 4 follows)',
  );
});

describe('a build that Temporal has no history of', () => {
  const result = buildResult(components, {
    status: 'failed',
    failure: failureResult('VersionExists'),
  });
  const record = { schemaVersion: 1, mode: 'build', result, warnings: ['look'] };

  test('is read from the store, as it was at its end', async () => {
    await using objects = await openObjectServer({
      'results/shop/k1.json': JSON.stringify(record),
    });
    const client = standInClient({}, { presign: objects.presignReads });
    expect(await getBuild(client, 'shop/k1')).toEqual({
      result,
      closed: true,
      running: new Map(),
      warnings: ['look'],
      failure: failureResult('VersionExists'),
      waitingFor: null,
      mode: 'build',
    });
  });

  test.each<[string, string, Record<string, string>]>([
    ['nothing is kept of it', 'shop/k1', {}],
    ['its id can be none', 'shop/../k1', {}],
    [
      'what is kept is of a later version',
      'shop/k1',
      { 'results/shop/k1.json': '{"schemaVersion":2}' },
    ],
  ])('is not found where %s', async (_what, id, kept) => {
    await using objects = await openObjectServer(kept);
    const client = standInClient({}, { presign: objects.presignReads });
    await expect(getBuild(client, id)).rejects.toThrow(BuildNotFound);
  });

  test('is not found where no worker reaches the store', async () => {
    await expect(getBuild(standInClient({}), 'shop/x')).rejects.toThrow(BuildNotFound);
  });
});

test('a container build is no build, nor is any other workflow', async () => {
  const unknown = new QueryNotRegisteredError('unknown queryType build', 3);
  const script = build('RUNNING', 'running', { summary: () => Promise.reject(unknown) });
  const client = standInClient({ 'shop/k1/api/server': script });
  await expect(getBuild(client, 'shop/k1/api/server')).rejects.toThrow(
    new BuildNotFound('shop/k1/api/server is no build, but another workflow of this namespace'),
  );
});

test('a build that no worker answers for is not shown by halves', async () => {
  const gone = new ServiceError('query failed', { cause: grpcError(9, 'worker may be down') });
  const script = build('RUNNING', 'running', { component: () => Promise.reject(gone) });
  const asked = getBuild(standInClient({ 'shop/k1': script }), 'shop/k1');
  await expect(asked).rejects.toThrow(ServiceUnreachable);
});
