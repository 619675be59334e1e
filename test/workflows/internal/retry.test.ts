import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  failurePolicies,
  infrastructureBudget,
  type FailureType,
} from '../../../workflows/contract/failures.ts';
import { decide, type Decision, type FailedAttempt } from '../../../workflows/internal/retry.ts';

const types = Object.keys(failurePolicies) as FailureType[];
const typesOf = (...classes: readonly string[]): FailureType[] =>
  types.filter((type) => classes.includes(failurePolicies[type].retry));
const anyType = fc.constantFrom(...types);

function after(
  type: FailureType,
  earlier: readonly FailureType[] = [],
  more: Partial<FailedAttempt> = {},
): Decision {
  const limits = { memory: '64Ki', ephemeralStorage: '1Gi' };
  return decide({ type, earlier, generation: earlier.length, limits, ...more });
}
const kindAfter = (type: FailureType, earlier: readonly FailureType[]): string =>
  after(type, earlier).kind;

test.each(typesOf('never', 'wait'))('%s starts no other Pod, whatever came before', (type) => {
  fc.assert(
    fc.property(fc.array(anyType), (earlier) => {
      expect(kindAfter(type, earlier)).toBe('fail');
    }),
  );
});

test.each(typesOf('attempt'))('%s starts as many Pods as its budget says', (type) => {
  const { budget } = failurePolicies[type];
  expect(budget).toBeGreaterThan(0);
  expect(kindAfter(type, Array(budget - 1).fill(type))).toBe('retry');
  expect(kindAfter(type, Array(budget).fill(type))).toBe('fail');
});

test.each(typesOf('attempt'))('%s does not spend the budget of others', (type) => {
  const others = fc.array(fc.constantFrom(...types.filter((other) => other !== type)));
  fc.assert(
    fc.property(others, (earlier) => {
      expect(kindAfter(type, earlier)).toBe('retry');
    }),
  );
});

describe('infrastructure losses', () => {
  const loss = fc.constantFrom(...typesOf('infrastructure'));

  test('share one budget', () => {
    fc.assert(
      fc.property(loss, fc.array(loss, { maxLength: 9 }), (type, earlier) => {
        const expected = earlier.length < infrastructureBudget ? 'retry' : 'fail';
        expect(kindAfter(type, earlier)).toBe(expected);
      }),
    );
  });

  test('are not counted with other failures', () => {
    const other = fc.array(fc.constantFrom(...typesOf('never', 'wait', 'attempt')));
    fc.assert(
      fc.property(loss, other, (type, earlier) => {
        expect(kindAfter(type, earlier)).toBe('retry');
      }),
    );
  });

  test('wait longer each time, over all types together', () => {
    const earlier: FailureType[] = ['NodeLost', 'Evicted', 'Preempted', 'PodDeleted'];
    const waits = earlier.map((_, count) => after('NodeLost', earlier.slice(0, count)));
    expect(waits).toMatchObject([{ wait: 1 }, { wait: 2 }, { wait: 4 }, { wait: 8 }]);
  });
});

describe('the wait before the next attempt', () => {
  test.each<[FailureType, readonly number[]]>([
    ['RegistryRateLimited', [60, 120, 240]],
    ['RegistryUnavailable', [5, 10, 20]],
    ['ContextUnavailable', [5, 10]],
    ['ContextExpired', [0]],
    ['BuilderFault', [2]],
    ['OutOfMemory', [0, 0, 0]],
  ])('after %s is %j seconds', (type, expected) => {
    const waits = expected.map((_, count) => after(type, Array(count).fill(type)));
    expect(waits).toMatchObject(expected.map((wait) => ({ wait })));
  });

  test('starts anew with each type', () => {
    const earlier: FailureType[] = ['RegistryRateLimited', 'RegistryRateLimited'];
    expect(after('RegistryUnavailable', earlier)).toMatchObject({ wait: 5 });
  });

  test('never exceeds the ceiling of its type, nor the worker’s', () => {
    fc.assert(
      fc.property(anyType, fc.array(anyType), fc.nat(100), (type, earlier, longestBackOff) => {
        const decision = after(type, earlier, { longestBackOff });
        if (decision.kind === 'fail') return;
        const ceiling = failurePolicies[type].backOff?.ceiling ?? 0;
        expect(decision.wait).toBeLessThanOrEqual(Math.min(ceiling, longestBackOff));
      }),
    );
  });
});

describe('what ran out', () => {
  const memory = (limit: string, memoryCeiling?: string): Decision =>
    after('OutOfMemory', [], { limits: { memory: limit }, memoryCeiling });

  test('memory comes back twice as large', () => {
    expect(memory('512Mi')).toEqual({
      kind: 'retry',
      wait: 0,
      raised: { memory: '1Gi' },
      next: 'attempt 1 has 1Gi',
    });
  });

  test.each([
    ['8Gi', undefined],
    ['2Gi', '2Gi'],
    ['512Mi', 'lots'],
  ])('%s is final at the ceiling %s', (limit, ceiling) => {
    expect(memory(limit, ceiling)).toEqual({ kind: 'fail' });
  });

  test('memory without a limit is the node’s: no larger one is asked for', () => {
    expect(after('OutOfMemory', [], { limits: {} })).toEqual({ kind: 'fail' });
  });

  test('disk comes back once: twice as large, or on another node where there was no limit', () => {
    const disk = (limits: FailedAttempt['limits']) => after('DiskFull', [], { limits });
    expect(disk({ ephemeralStorage: '500M' })).toMatchObject({
      raised: { ephemeralStorage: '1G' },
      next: 'attempt 1 has 1G of disk and starts 2 s later',
    });
    expect(disk({})).toMatchObject({ raised: {}, next: 'attempt 1 starts 2 s later' });
    expect(kindAfter('DiskFull', ['DiskFull'])).toBe('fail');
  });
});

test.each<[FailureType, readonly FailureType[], string]>([
  ['ContextExpired', [], 'attempt 1 follows'],
  ['NodeLost', ['Unknown'], 'attempt 2 starts 1 s later'],
  ['RegistryRateLimited', [], 'attempt 1 starts 1 min later'],
  ['RegistryRateLimited', ['RegistryRateLimited'], 'attempt 2 starts 2 min later'],
])('after %s (earlier: %j) people read “%s”', (type, earlier, next) => {
  expect(after(type, earlier)).toMatchObject({ next });
});

test('a wait has minutes and seconds', () => {
  const rate: FailureType[] = ['RegistryRateLimited'];
  expect(after('RegistryRateLimited', rate, { longestBackOff: 75 })).toMatchObject({
    next: 'attempt 2 starts 1 min 15 s later',
  });
});
