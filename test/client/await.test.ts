import { ServiceError, WorkflowFailedError } from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import { describe, expect, test, vi } from 'vitest';
import { awaitBuild } from '../../client/await.ts';
import { AccessDenied, BuildNotFound, ServiceUnreachable } from '../../client/errors.ts';
import type { BuildSummary } from '../../workflows/contract/messages.ts';
import { openObjectServer } from '../support/object-server.ts';
import { buildResult } from '../support/results.ts';
import { usePassingTime } from './passing-time.ts';
import { grpcError, standInClient, type ScriptedWorkflow } from './stand-in.ts';

vi.mock('node:timers/promises', { spy: true });
usePassingTime();

const summary: BuildSummary = {
  buildId: 'shop/k1',
  application: 'shop',
  version: '1.4.0',
  status: 'succeeded',
  components: [],
  package: null,
  warnings: [],
};
const ended: ScriptedWorkflow = {
  status: () => 'COMPLETED',
  summary: () => summary,
  result: () => Promise.resolve(),
};
const gone = new ServiceError('query failed', { cause: grpcError(4, 'worker may be down') });
const restarting = new ServiceError('poll failed', { cause: grpcError(14, 'refused') });
const never = new Promise<never>(() => {});

/** Answers with `answer` when the clock shows this time; before that it throws. */
function from<T>(time: number, error: Error, answer: () => T): () => T {
  return () => {
    if (Date.now() < time) throw error;
    return answer();
  };
}

describe('the end of a build', () => {
  test('is its last snapshot, and nothing is asked before it', async () => {
    const end = Promise.withResolvers<void>();
    const client = standInClient({ 'shop/k1': { ...ended, result: () => end.promise } });
    const awaited = awaitBuild(client, 'shop/k1');
    await new Promise(setImmediate);
    expect(client.calls).toEqual(['shop/k1 result']);
    end.resolve();
    expect(await awaited).toMatchObject({
      closed: true,
      result: { buildId: 'shop/k1', status: 'succeeded' },
    });
  });

  test('is that of a build that failed, too', async () => {
    const failed = new WorkflowFailedError('failed', undefined, RetryState.NON_RETRYABLE_FAILURE);
    const client = standInClient({
      'shop/k1': { ...ended, status: () => 'FAILED', result: () => Promise.reject(failed) },
    });
    expect(await awaitBuild(client, 'shop/k1')).toMatchObject({ result: { status: 'failed' } });
  });

  test('is what the store keeps where Temporal has forgotten the build', async () => {
    const record = { schemaVersion: 1, mode: 'build', result: buildResult([]), warnings: [] };
    await using objects = await openObjectServer({
      'results/shop/k1.json': JSON.stringify(record),
    });
    const client = standInClient({}, { presign: objects.presignReads });
    expect(await awaitBuild(client, 'shop/k1')).toMatchObject({ closed: true });
  });

  test('of no build says so', async () => {
    await expect(awaitBuild(standInClient({}), 'shop/x')).rejects.toThrow(BuildNotFound);
  });
});

describe('where nobody answers', () => {
  test.each<[string, ScriptedWorkflow]>([
    ['Temporal', { ...ended, result: from(50_000, restarting, () => Promise.resolve()) }],
    ['a worker, at the end,', { ...ended, summary: from(50_000, gone, () => summary) }],
  ])('%s is waited for', async (_who, script) => {
    const client = standInClient({ 'shop/k1': script });
    expect(await awaitBuild(client, 'shop/k1')).toMatchObject({ closed: true });
    expect(Date.now()).toBeGreaterThanOrEqual(50_000);
  });

  test.each<[string, ScriptedWorkflow]>([
    ['Temporal', { ...ended, result: from(Infinity, restarting, () => never) }],
    ['a worker', { ...ended, summary: from(Infinity, gone, () => summary) }],
  ])('%s is given up after a minute', async (_who, script) => {
    const client = standInClient({ 'shop/k1': script });
    await expect(awaitBuild(client, 'shop/k1')).rejects.toThrow(ServiceUnreachable);
    expect(Date.now()).toBeGreaterThanOrEqual(60_000);
    expect(Date.now()).toBeLessThan(70_000);
  });

  test('the minute begins when the wait breaks off, however long it was', async () => {
    let waits = 0;
    const result = async (): Promise<void> => {
      waits += 1;
      if (waits === 1) vi.setSystemTime(3_600_000);
      if (Date.now() < 3_650_000) throw restarting;
    };
    const client = standInClient({ 'shop/k1': { ...ended, result } });
    expect(await awaitBuild(client, 'shop/k1')).toMatchObject({ closed: true });
  });

  test('what is of no use is not tried again', async () => {
    const denied = grpcError(7, 'denied');
    const client = standInClient({
      'shop/k1': { ...ended, result: () => Promise.reject(denied) },
    });
    await expect(awaitBuild(client, 'shop/k1')).rejects.toThrow(AccessDenied);
    expect(client.calls).toEqual(['shop/k1 result']);
  });
});

describe('an abort', () => {
  test.each<[string, ScriptedWorkflow]>([
    ['of the wait', { ...ended, result: () => never }],
    ['of the question at the end', { ...ended, summary: () => never }],
  ])('%s ends with its reason', async (_what, script) => {
    const controller = new AbortController();
    const client = standInClient({ 'shop/k1': script });
    const awaited = awaitBuild(client, 'shop/k1', { signal: controller.signal });
    const last = 'result' in script && script.result === ended.result ? 'query build' : 'result';
    await vi.waitFor(() => expect(client.calls.at(-1)).toBe(`shop/k1 ${last}`));
    const reason = new Error('enough waited');
    controller.abort(reason);
    await expect(awaited).rejects.toBe(reason);
  });

  test('before it asks nothing', async () => {
    const client = standInClient({ 'shop/k1': ended });
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    await expect(awaitBuild(client, 'shop/k1', { signal })).rejects.toBe(reason);
    expect(client.calls).toEqual([]);
  });

  test('takes back the call that Temporal holds', async () => {
    const client = standInClient({ 'shop/k1': { ...ended, result: () => never } });
    const signals: AbortSignal[] = [];
    vi.spyOn(client.temporal, 'withAbortSignal').mockImplementation((signal, call) => {
      signals.push(signal);
      return call();
    });
    const controller = new AbortController();
    const awaited = awaitBuild(client, 'shop/k1', { signal: controller.signal });
    controller.abort(new Error('enough waited'));
    await expect(awaited).rejects.toThrow('enough waited');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
