import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  failurePolicies,
  infrastructureBudget,
  type FailureType,
} from '../../../workflows/contract/failures.ts';
import { decide } from '../../../workflows/internal/retry.ts';

const types = Object.keys(failurePolicies) as FailureType[];
const typesOf = (...classes: readonly string[]): FailureType[] =>
  types.filter((type) => classes.includes(failurePolicies[type].retry));
const anyType = fc.constantFrom(...types);

test.each(typesOf('never', 'wait'))('%s starts no other Pod, whatever came before', (type) => {
  fc.assert(
    fc.property(fc.array(anyType), (earlier) => {
      expect(decide(type, earlier)).toBe('fail');
    }),
  );
});

test.each(typesOf('attempt'))('%s starts as many Pods as its budget says', (type) => {
  const { budget } = failurePolicies[type];
  expect(budget).toBeGreaterThan(0);
  expect(decide(type, Array(budget - 1).fill(type))).toBe('retry');
  expect(decide(type, Array(budget).fill(type))).toBe('fail');
});

test.each(typesOf('attempt'))('%s does not spend the budget of others', (type) => {
  const others = fc.array(fc.constantFrom(...types.filter((other) => other !== type)));
  fc.assert(
    fc.property(others, (earlier) => {
      expect(decide(type, earlier)).toBe('retry');
    }),
  );
});

describe('infrastructure losses', () => {
  const loss = fc.constantFrom(...typesOf('infrastructure'));

  test('share one budget', () => {
    fc.assert(
      fc.property(loss, fc.array(loss, { maxLength: 9 }), (type, earlier) => {
        const expected = earlier.length < infrastructureBudget ? 'retry' : 'fail';
        expect(decide(type, earlier)).toBe(expected);
      }),
    );
  });

  test('are not counted with other failures', () => {
    const other = fc.array(fc.constantFrom(...typesOf('never', 'wait', 'attempt')));
    fc.assert(
      fc.property(loss, other, (type, earlier) => {
        expect(decide(type, earlier)).toBe('retry');
      }),
    );
  });
});
