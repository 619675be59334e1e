import {
  QueryNotRegisteredError,
  ScheduleNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  AccessDenied,
  BuildNotFound,
  InvalidConfiguration,
  ScheduleNotFound,
  ServiceUnreachable,
} from '../../client/errors.ts';
import { answered, NotAnswered, unreachable } from '../../client/rpc.ts';
import { grpcError } from './stand-in.ts';

const place = { address: 't:7233', namespace: 'builds' };
const service = (cause: Error): ServiceError => new ServiceError('call failed', { cause });
const notFound = new WorkflowNotFoundError('workflow not found', 'shop/x', undefined);
const noSchedule = new ScheduleNotFoundError('schedule not found', 'slipway/shop/x');
const noHandler = (query: string): Error =>
  new QueryNotRegisteredError(
    `Workflow did not register a handler for ${query}. Registered queries: [progress]`,
    3,
  );

describe('what a call to Temporal threw', () => {
  const worker = 'no poller seen for task queue recently, worker may be down';

  test.each<[string, Error, string]>([
    [
      'Temporal is away',
      grpcError(14, 'connection refused'),
      'Temporal at t:7233 does not answer: c',
    ],
    [
      'Temporal is busy',
      service(grpcError(8, 'rate limit')),
      'Temporal at t:7233 does not answer: r',
    ],
    [
      'Temporal is slow',
      service(grpcError(4, 'deadline')),
      'Temporal at t:7233 does not answer: d',
    ],
    ['no worker polls', service(grpcError(9, worker)), `no worker answered: ${worker}; start one`],
    [
      'no worker is in time',
      service(grpcError(4, 'timed out before a worker could process it')),
      'no worker answered: timed out',
    ],
    [
      'the workflow has not begun',
      service(grpcError(9, 'Workflow task is not scheduled yet.')),
      'Temporal at t:7233 does not answer: Workflow task',
    ],
    [
      'a proxy breaks off',
      service(grpcError(13, 'Received RST_STREAM with code 0')),
      'Temporal at t:7233 gave up the call: Received RST_STREAM',
    ],
  ])('is NotAnswered where %s', (_what, error, message) => {
    const told = unreachable(place, error, { build: 'shop/x' });
    expect(told).toBeInstanceOf(NotAnswered);
    expect(told).toBeInstanceOf(ServiceUnreachable);
    expect(told.name).toBe('ServiceUnreachable');
    expect(told.message.startsWith(message)).toBe(true);
    expect(told.cause).toBe(error);
  });

  test.each<[string, Error]>([
    ['the login is refused', service(grpcError(16, 'denied'))],
    ['access is denied', grpcError(7, 'denied')],
  ])('is AccessDenied where %s', (_what, error) => {
    const told = unreachable(place, error, { build: 'shop/x' });
    expect(told).toBeInstanceOf(AccessDenied);
    expect(told).toBeInstanceOf(ServiceUnreachable);
    expect(told).not.toBeInstanceOf(NotAnswered);
    expect(told.message).toContain('denied');
    expect(told.cause).toBe(error);
  });

  test.each<Error>([
    new NamespaceNotFoundError('builds'),
    service(new NamespaceNotFoundError('builds')),
    service(grpcError(5, 'Namespace builds is not found.')),
    grpcError(5, 'Namespace workers is unknown'),
    new WorkflowNotFoundError('Namespace builds is not found.', 'shop/x', undefined),
    new ScheduleNotFoundError('Namespace builds is not found.', 'slipway/shop/x'),
  ])('is InvalidConfiguration where the namespace is not there: %o', (error) => {
    const told = unreachable(place, error, { build: 'shop/x', schedule: 'shop/x' });
    expect(told).toBeInstanceOf(InvalidConfiguration);
    expect(told.message).toBe(
      'Temporal at t:7233 has no namespace "builds"; TEMPORAL_NAMESPACE says which one is meant',
    );
    expect(told.cause).toBe(error);
  });

  test.each<[string, Error, string]>([
    ['was asked for', notFound, 'there is no build shop/x in this namespace'],
    [
      'would be another workflow',
      noHandler('build'),
      'shop/x is no build, but another workflow of this namespace',
    ],
  ])('is BuildNotFound where a build %s', (_what, error, message) => {
    const told = unreachable(place, error, { build: 'shop/x' });
    expect(told).toBeInstanceOf(BuildNotFound);
    expect(told.message).toBe(message);
    expect(told.cause).toBe(error);
  });

  test('is ScheduleNotFound where a schedule was asked for', () => {
    const told = unreachable(place, noSchedule, { schedule: 'shop/x' });
    expect(told).toBeInstanceOf(ScheduleNotFound);
    expect(told.message).toBe('there is no schedule shop/x in this namespace');
    expect(told.cause).toBe(noSchedule);
  });

  test.each<[string, Error, string]>([
    ['knows no such workflow', notFound, 'workflow not found'],
    ['knows no such schedule', noSchedule, 'schedule not found'],
    ['knows no such thing', service(grpcError(5, 'no such task queue')), 'no such task queue'],
    ['refuses an argument', grpcError(3, 'invalid query'), 'refuses the call: invalid query'],
    ['is not understood', service(new TypeError('not a payload')), 'not a payload'],
    ['cannot say why', new ServiceError('Missing info'), 'Missing info'],
    ['is another version', service(grpcError(12, 'unknown method')), 'older than Slipway needs'],
    ['has not been prepared', grpcError(3, 'no mapping for search attribute'), '`slipway worker`'],
    ['lets an older worker answer', noHandler('sources'), 'no worker can answer: Workflow did'],
  ])('is ServiceUnreachable where Temporal %s', (_what, error, words) => {
    const told = unreachable(place, error);
    expect(told).toBeInstanceOf(ServiceUnreachable);
    expect(told).not.toBeInstanceOf(NotAnswered);
    expect(told.message).toContain(words);
    expect(told.cause).toBe(error);
  });

  test('stays what it is where it is a fault, or has been told', () => {
    for (const error of [new TypeError('x is not a function'), new BuildNotFound('none')])
      expect(unreachable(place, error, { build: 'shop/x' })).toBe(error);
  });

  test('is an error even if it was none', () => {
    expect(unreachable(place, 'text')).toEqual(new Error('text'));
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
