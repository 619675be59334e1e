import { setTimeout as delay } from 'node:timers/promises';
import { RetryState } from '@temporalio/common';
import { ServiceError, WorkflowFailedError } from '@temporalio/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BuildNotFound } from '../../client/errors.ts';
import type { BuildSnapshot } from '../../client/get.ts';
import { watchBuild, type WatchOptions } from '../../client/watch.ts';
import type { BuildSummary } from '../../workflows/contract/messages.ts';
import { grpcError, standInClient, type ScriptedWorkflow } from './stand-in.ts';

vi.mock('node:timers/promises', { spy: true });
afterEach(() => void vi.mocked(delay).mockClear());

const summary: BuildSummary = {
  buildId: 'shop/k1',
  application: 'shop',
  version: null,
  status: 'running',
  components: [],
  package: null,
  warnings: [],
};

/** A build that ends when it is told to. */
function scripted(changes: ScriptedWorkflow = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  let closed = false;
  const script: ScriptedWorkflow = {
    status: () => (closed ? 'COMPLETED' : 'RUNNING'),
    summary: () => ({ ...summary, status: closed ? 'succeeded' : 'running' }),
    result: () => promise,
    ...changes,
  };
  const end = (how: 'well' | 'badly' = 'well'): void => {
    closed = true;
    if (how === 'well') resolve(null);
    else reject(new WorkflowFailedError('failed', undefined, RetryState.MAXIMUM_ATTEMPTS_REACHED));
  };
  const client = standInClient({ 'shop/k1': script });
  return { client, watch: (options?: WatchOptions) => watchBuild(client, 'shop/k1', options), end };
}

/** Longer than any test runs: who waits for it, fails. */
const never = { interval: 3_600_000 };

async function next(watch: AsyncGenerator<BuildSnapshot, void, void>): Promise<BuildSnapshot> {
  const { value } = await watch.next();
  if (value === undefined) throw new Error('the watch has ended');
  return value;
}

describe('a watch', () => {
  test('shows the build until it has ended, and its end last', async () => {
    const { watch, end } = scripted();
    const statuses: string[] = [];
    for await (const { result } of watch({ interval: 1 })) {
      statuses.push(result.status);
      if (statuses.length === 3) end();
    }
    expect(statuses.slice(0, 3)).toEqual(['running', 'running', 'running']);
    expect(statuses.at(-1)).toBe('succeeded');
    expect(statuses.filter((status) => status === 'succeeded')).toHaveLength(1);
  });

  test.each(['well', 'badly'] as const)(
    'shows the end as soon as a build ends %s, whatever the interval',
    async (how) => {
      const { watch, end } = scripted();
      const watching = watch(never);
      expect((await next(watching)).closed).toBe(false);
      end(how);
      expect((await next(watching)).closed).toBe(true);
      expect((await watching.next()).done).toBe(true);
      // A wait that goes on would keep the command alive until the next snapshot was due.
      const waits = vi.mocked(delay).mock.calls.filter(([time]) => time === never.interval);
      expect(waits.map(([, , options]) => options?.signal?.aborted)).toEqual([true]);
    },
  );

  test('shows the end although a question was lost to it', async () => {
    let asked = 0;
    const lost = new Promise<BuildSummary>(() => {});
    const { watch, end } = scripted({
      summary: () => ((asked += 1) === 1 ? lost : { ...summary, status: 'succeeded' }),
    });
    const first = next(watch(never));
    end();
    await expect(first).resolves.toMatchObject({ closed: true, result: { status: 'succeeded' } });
  });

  test('goes on by its snapshots where the wait for the end breaks off', async () => {
    const broken = new ServiceError('poll failed', { cause: grpcError(14, 'no connection') });
    const { watch, end } = scripted({ result: () => Promise.reject(broken) });
    const watching = watch({ interval: 1 });
    for (let count = 0; count < 3; count += 1) expect((await next(watching)).closed).toBe(false);
    end();
    expect((await next(watching)).closed).toBe(true);
    expect((await watching.next()).done).toBe(true);
  });

  test('of an ended build has one snapshot', async () => {
    const { watch, end } = scripted();
    end();
    const watching = watch(never);
    expect((await next(watching)).closed).toBe(true);
    expect((await watching.next()).done).toBe(true);
  });

  test('of no build says so', async () => {
    const watching = watchBuild(standInClient({}), 'shop/k1');
    await expect(watching.next()).rejects.toThrow(BuildNotFound);
  });

  test('takes its wait for the end back when nobody looks any more', async () => {
    const { client, watch } = scripted();
    let wait: AbortSignal | undefined;
    vi.spyOn(client.temporal, 'withAbortSignal').mockImplementation((signal, call) => {
      wait = signal;
      return call();
    });
    for await (const { closed } of watch({ interval: 1 })) {
      expect([closed, wait?.aborted]).toEqual([false, false]);
      break;
    }
    // Temporal would hold the call, and the process with it.
    expect(wait?.aborted).toBe(true);
  });

  test('takes back a question that the end came before', async () => {
    // A call that goes on when its connection is closed is tried again, and ends the process.
    let asked = 0;
    const lost = new Promise<BuildSummary>(() => {});
    const { client, watch, end } = scripted({
      summary: () => ((asked += 1) === 1 ? lost : { ...summary, status: 'succeeded' }),
    });
    const calls: Promise<unknown>[] = [];
    const real = client.temporal.withAbortSignal.bind(client.temporal);
    vi.spyOn(client.temporal, 'withAbortSignal').mockImplementation((signal, call) => {
      const made = real(signal, call);
      calls.push(made);
      return made;
    });
    const watching = watch(never);
    const first = next(watching);
    end();
    expect((await first).closed).toBe(true);
    await watching.next();
    expect((await Promise.allSettled(calls)).map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
  });

  test('ends with the reason of an abort while it waits', async () => {
    const { watch } = scripted();
    const controller = new AbortController();
    const watching = watch({ ...never, signal: controller.signal });
    await next(watching);
    const waiting = watching.next();
    const reason = new Error('enough seen');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
