import { describe, expect, test } from 'vitest';
import {
  attemptsOf,
  nextStep,
  type AttemptChoice,
  type Attempts,
  type Step,
} from '../../../client/logs/attempts.ts';
import type { ContainerStatus } from '../../../workflows/contract/build.ts';
import type { ContainerProgress } from '../../../workflows/contract/messages.ts';
import { attemptOf, containerResult } from '../../support/results.ts';

const attempts = (...generations: readonly number[]) =>
  generations.map((generation) => attemptOf({ generation }));

describe('the attempts of a container', () => {
  const of = (
    status: ContainerStatus,
    known: readonly number[],
    progress: Partial<ContainerProgress> | null = null,
    closed = false,
  ): Attempts => {
    const result = containerResult({ status, attempts: attempts(...known) });
    const live = { phase: 'pod', generation: 0, pod: 'bld-0', ...progress, result } as const;
    const running = new Map(progress === null ? [] : [['api/server', live]]);
    return attemptsOf({ running, closed }, 'api', result);
  };

  test.each<[string, Attempts, Attempts]>([
    ['queued', of('queued', []), { ended: [], live: null, isLast: false }],
    ['running, without an answer', of('running', []), { ended: [], live: null, isLast: false }],
    [
      'running, without a Pod',
      of('running', [], { pod: null }),
      { ended: [], live: null, isLast: false },
    ],
    ['running', of('running', [], {}), { ended: [], live: 0, isLast: false }],
    [
      'running again',
      of('running', [0], { generation: 1 }),
      { ended: [0], live: 1, isLast: false },
    ],
    [
      'being proved',
      of('running', [1, 0], { phase: 'verify', generation: 1 }),
      { ended: [0, 1], live: null, isLast: false },
    ],
    ['built', of('built', [0, 1]), { ended: [0, 1], live: null, isLast: true }],
    ['an existing image', of('existing', []), { ended: [], live: null, isLast: true }],
    [
      'never started in a build that has ended',
      of('queued', [], null, true),
      { ended: [], live: null, isLast: true },
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toEqual(expected);
  });
});

describe('the next step', () => {
  const running: Attempts = { ended: [0, 1], live: 2, isLast: false };
  const over: Attempts = { ended: [0, 1, 2], live: null, isLast: true };
  const waiting: Attempts = { ended: [0], live: null, isLast: false };
  const nothing: Attempts = { ended: [], live: null, isLast: false };
  const never: Attempts = { ended: [], live: null, isLast: true };
  const at = (generation: number) => ({ generation, part: 0, bytes: 0 });
  const ended = (generation: number): Step => ({ kind: 'ended', generation });

  test.each<[string, Attempts, AttemptChoice, number | null, boolean, Step]>([
    ['begins with the running one', running, 'last', null, false, { kind: 'live', generation: 2 }],
    ['begins with the last one', over, 'last', null, false, ended(2)],
    ['begins with the first one', running, 'all', null, false, ended(0)],
    ['begins with the one asked for', running, 1, null, false, ended(1)],
    ['waits for the first one', nothing, 'last', null, false, { kind: 'wait' }],
    ['waits for the one asked for', waiting, 1, null, false, { kind: 'wait' }],
    ['does not wait where none comes', never, 'all', null, false, { kind: 'done' }],
    ['does not wait for one that never comes', over, 7, null, false, { kind: 'done' }],
    ['goes on where it is', running, 'all', 1, false, ended(1)],
    ['goes on from one to the next', running, 'all', 1, true, { kind: 'live', generation: 2 }],
    [
      'goes on from the last one at first',
      running,
      'last',
      1,
      true,
      { kind: 'live', generation: 2 },
    ],
    ['reads the rest of what has ended since', over, 'last', 2, false, ended(2)],
    ['waits for the one after', waiting, 'last', 0, true, { kind: 'wait' }],
    ['is none after the last one', over, 'all', 2, true, { kind: 'done' }],
    ['is none after the one asked for', running, 1, 1, true, { kind: 'done' }],
    [
      'passes over a number that there is not',
      { ...over, ended: [0, 2] },
      'all',
      0,
      true,
      ended(2),
    ],
  ])('%s', (_what, known, choice, position, isComplete, step) => {
    expect(nextStep(known, choice, position === null ? null : at(position), isComplete)).toEqual(
      step,
    );
  });
});
