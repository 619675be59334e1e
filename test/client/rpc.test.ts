import { ServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BuildNotFound, ServiceUnreachable } from '../../client/errors.ts';
import { answered, unreachable } from '../../client/rpc.ts';
import { grpcError } from './stand-in.ts';

const service = (cause: Error): ServiceError => new ServiceError('call failed', { cause });
const notFound = new WorkflowNotFoundError('workflow not found', 'shop/x', undefined);

describe('what a call to Temporal threw', () => {
  const worker = 'no poller seen for task queue recently, worker may be down';

  test.each<[string, unknown, string]>([
    ['Temporal is away', grpcError(14, 'connection refused'), 'Temporal does not answer: conn'],
    ['Temporal is busy', service(grpcError(8, 'rate limit')), 'Temporal does not answer: rate'],
    ['Temporal is slow', service(grpcError(4, 'deadline')), 'Temporal does not answer: deadline'],
    ['no worker polls', service(grpcError(9, worker)), `no worker answered: ${worker}; start one`],
    [
      'no worker is in time',
      service(grpcError(4, 'timed out before a worker could process it')),
      'no worker answered: timed out',
    ],
  ])('is ServiceUnreachable where %s', (_what, error, message) => {
    const told = unreachable(error, 'shop/x');
    expect(told).toBeInstanceOf(ServiceUnreachable);
    expect(told.message.startsWith(message)).toBe(true);
    expect(told.cause).toBe(error);
  });

  test('is BuildNotFound where a build was asked for', () => {
    const told = unreachable(notFound, 'shop/x');
    expect(told).toBeInstanceOf(BuildNotFound);
    expect(told.message).toBe('there is no build shop/x in this namespace');
    expect(told.cause).toBe(notFound);
  });

  test.each<[string, Error]>([
    ['no build was asked for', notFound],
    ['access is denied', service(grpcError(7, 'denied'))],
    ['a namespace of that name is unknown', service(grpcError(5, 'Namespace workers is unknown'))],
    ['it is a fault', new TypeError('x is not a function')],
  ])('stays what it is where %s', (what, error) => {
    expect(unreachable(error, what === 'no build was asked for' ? undefined : 'shop/x')).toBe(
      error,
    );
  });

  test('is an error even if it was none', () => {
    expect(unreachable('text')).toEqual(new Error('text'));
  });
});

describe('a question to a worker', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 0 }));
  afterEach(() => void vi.useRealTimers());

  /** Asks; the answers come in order, an Error is thrown. */
  async function ask(...answers: readonly unknown[]) {
    const deadlines: number[] = [];
    const queue = answers.values();
    const withDeadline = (deadline: number, call: () => Promise<unknown>) => {
      deadlines.push(deadline);
      return call();
    };
    const outcome = await answered({ withDeadline } as unknown as Client, async () => {
      const answer: unknown = queue.next().value;
      if (answer instanceof Error) throw answer;
      return answer;
    }).catch((error: unknown) => error);
    return { outcome, deadlines };
  }
  const late = service(grpcError(4, 'deadline exceeded'));

  test('is not asked again where it was taken back', async () => {
    const takenBack = service(grpcError(1, 'Cancelled on client'));
    expect(await ask(takenBack, 'answer')).toEqual({ outcome: takenBack, deadlines: [2_000] });
  });

  test('is asked once where it is answered', async () => {
    expect(await ask('answer')).toEqual({ outcome: 'answer', deadlines: [2_000] });
  });

  test('is asked again, with more time, where no answer came in time', async () => {
    expect(await ask(late, grpcError(1, 'Call cancelled'), 'answer')).toEqual({
      outcome: 'answer',
      deadlines: [2_000, 5_000, 10_000],
    });
  });

  test('is given up after the fourth time', async () => {
    const last = service(grpcError(4, 'last'));
    const { outcome, deadlines } = await ask(late, late, late, last, 'never asked for');
    expect(outcome).toBe(last);
    expect(deadlines).toEqual([2_000, 5_000, 10_000, 20_000]);
  });

  test.each([service(grpcError(9, 'no poller')), grpcError(14, 'away'), notFound])(
    'is not asked again after another error: %o',
    async (error) => {
      const { outcome, deadlines } = await ask(error, 'never asked for');
      expect(outcome).toBe(error);
      expect(deadlines).toHaveLength(1);
    },
  );
});
