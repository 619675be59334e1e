import { setTimeout as delay } from 'node:timers/promises';
import { RetryState } from '@temporalio/common';
import { ServiceError, WorkflowFailedError } from '@temporalio/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AccessDenied, BuildNotFound, ServiceUnreachable } from '../../client/errors.ts';
import type { BuildSnapshot } from '../../client/get.ts';
import { watchBuild, type WatchOptions } from '../../client/watch.ts';
import type { BuildSummary } from '../../workflows/contract/messages.ts';
import { usePassingTime } from './passing-time.ts';
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
const rarely: WatchOptions = { interval: 3_600_000 };
const never = new Promise<never>(() => {});

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
      const watching = watch(rarely);
      expect((await next(watching)).closed).toBe(false);
      end(how);
      expect((await next(watching)).closed).toBe(true);
      expect((await watching.next()).done).toBe(true);
      // A wait that goes on would keep the command alive until the next snapshot was due.
      const waits = vi.mocked(delay).mock.calls.filter(([time]) => time === rarely.interval);
      expect(waits.map(([, , options]) => options?.signal?.aborted)).toEqual([true]);
    },
  );

  test('shows the end although a question was lost to it', async () => {
    let asked = 0;
    const lost = new Promise<BuildSummary>(() => {});
    const { watch, end } = scripted({
      summary: () => ((asked += 1) === 1 ? lost : { ...summary, status: 'succeeded' }),
    });
    const first = next(watch(rarely));
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
    const watching = watch(rarely);
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
    const watching = watch(rarely);
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

  test.each<[string, ScriptedWorkflow]>([
    ['Temporal', { status: () => never }],
    ['a worker', { summary: () => never }],
  ])('ends with the reason of an abort while %s does not answer', async (_who, script) => {
    const { watch } = scripted(script);
    const controller = new AbortController();
    const waiting = next(watch({ signal: controller.signal }));
    const reason = new Error('enough seen');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('asks nothing after an abort', async () => {
    const { client, watch } = scripted();
    const reason = new Error('too late');
    await expect(next(watch({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(client.calls).toEqual([]);
  });

  test('ends with the reason of an abort while it waits', async () => {
    const { watch } = scripted();
    const controller = new AbortController();
    const watching = watch({ ...rarely, signal: controller.signal });
    await next(watching);
    const waiting = watching.next();
    const reason = new Error('enough seen');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('a watch that nobody answers', () => {
  const gone = new ServiceError('query failed', { cause: grpcError(9, 'worker may be down') });
  const restarting = grpcError(14, 'connection refused');
  usePassingTime();

  /** A build about which nobody answers until the clock shows this time. */
  function flaky(error: Error) {
    let back = 0;
    let asked = 0;
    const build = scripted({
      summary: () => {
        asked += 1;
        if (Date.now() < back) throw error;
        return summary;
      },
    });
    const awayUntil = (time: number): void => void (back = time);
    return { ...build, awayUntil, asked: () => asked };
  }

  test.each([gone, restarting])(
    'goes on when it is answered within a minute, time and again: %o',
    async (error) => {
      const { watch, awayUntil, asked } = flaky(error);
      const watching = watch();
      for (let times = 0; times < 3; times += 1) {
        expect((await next(watching)).closed).toBe(false);
        awayUntil(Date.now() + 55_000);
      }
      expect(Date.now()).toBeGreaterThanOrEqual(110_000);
      expect(asked()).toBeGreaterThan(20);
      await watching.return();
    },
  );

  test('gives up after a minute', async () => {
    const { watch, awayUntil } = flaky(gone);
    const watching = watch();
    await next(watching);
    awayUntil(Infinity);
    await expect(next(watching)).rejects.toThrow('no worker answered');
    expect(Date.now()).toBeGreaterThanOrEqual(60_000);
    expect(Date.now()).toBeLessThan(70_000);
  });

  test.each<WatchOptions>([{}, rarely])(
    'has its minute from when nobody answers, however long ago the last answer is: %j',
    async (options) => {
      const { watch, awayUntil } = flaky(gone);
      const watching = watch(options);
      await next(watching);
      const askedAt = 7_200_000 + (options.interval ?? 1_000);
      vi.setSystemTime(7_200_000);
      awayUntil(askedAt + 50_000);
      expect((await next(watching)).closed).toBe(false);
      await watching.return();
    },
  );

  test('gives up at once before it has seen the build', async () => {
    const { watch, awayUntil } = flaky(gone);
    awayUntil(Infinity);
    await expect(next(watch())).rejects.toThrow(ServiceUnreachable);
    expect(Date.now()).toBe(0);
  });

  test('gives up at once where asking again is of no use', async () => {
    const { watch, awayUntil, asked } = flaky(grpcError(7, 'denied'));
    const watching = watch();
    await next(watching);
    awayUntil(Infinity);
    await expect(next(watching)).rejects.toThrow(AccessDenied);
    expect(asked()).toBe(2);
  });

  test('ends with the reason of an abort', async () => {
    const controller = new AbortController();
    const reason = new Error('enough seen');
    let asked = 0;
    const { watch } = scripted({
      summary: () => {
        asked += 1;
        if (asked === 1) return summary;
        if (asked === 5) controller.abort(reason);
        throw gone;
      },
    });
    const watching = watch({ signal: controller.signal });
    await next(watching);
    await expect(next(watching)).rejects.toBe(reason);
    expect(asked).toBe(5);
  });
});
