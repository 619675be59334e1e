import { describe, expect, test } from 'vitest';
import { awaitedAttempts, missingLogs } from '../../../cli/view/missing-logs.ts';
import type { AttemptChoice } from '../../../client/logs/attempts.ts';
import type { ContainerResult } from '../../../workflows/contract/build.ts';
import { attemptOf, containerResult, snapshotOf } from '../../support/results.ts';

const finishedAt = '2026-11-22T10:00:00.000Z';
const soon = Date.parse('2026-11-23T09:59:00.000Z');
const later = Date.parse('2026-11-30T10:00:00.000Z');

const attempts = (...generations: readonly number[]) =>
  generations.map((generation) => attemptOf({ generation, finishedAt }));

/** A build of this container alone, whose attempt of this number runs. */
function build(container: ContainerResult, live: number | null = null) {
  const progress = {
    phase: 'pod',
    generation: live ?? 0,
    pod: 'bld-1',
    result: container,
  } as const;
  const running = new Map(live === null ? [] : [['api/server', progress]]);
  return snapshotOf([container], { running });
}

function said(
  container: Partial<ContainerResult>,
  choice: AttemptChoice,
  {
    live = null,
    printed = [],
    now = soon,
  }: { live?: number | null; printed?: readonly number[]; now?: number } = {},
): readonly string[] {
  const snapshot = build(containerResult(container), live);
  const read = new Set(printed.map((generation) => `api/server#${generation}`));
  return missingLogs(snapshot, ['api/server'], choice, read, now).map(({ text }) => text);
}

describe('a container whose logs are asked for', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['was not built', said({ status: 'unchanged' }, 'last'), ['api/server: unchanged, no Pod ran']],
    ['failed before', said({ status: 'failed' }, 0), ['api/server: failed, no Pod ran']],
    ['waits', said({ status: 'queued' }, 'all'), ['api/server: queued, no Pod has run yet']],
    ['has begun', said({ status: 'running' }, 'last'), ['api/server: running, no Pod has run yet']],
    [
      'has no such attempt',
      said({ status: 'built', attempts: attempts(0, 1) }, 9),
      ['api/server has attempts 0–1'],
    ],
    [
      'has one attempt',
      said({ status: 'built', attempts: attempts(0) }, 1),
      ['api/server has attempt 0'],
    ],
    [
      'has some attempts',
      said({ status: 'built', attempts: attempts(0, 2) }, 1),
      ['api/server has attempts 0, 2'],
    ],
    [
      'may have such an attempt',
      said({ status: 'running', attempts: attempts(0) }, 9, { live: 1 }),
      ['api/server has attempts 0–1 so far'],
    ],
    [
      'printed long ago',
      said({ status: 'built', attempts: attempts(0, 1) }, 'last', { now: later }),
      ['api/server: attempt 1 ran, and its log has expired'],
    ],
    [
      'printed nothing',
      said({ status: 'failed', attempts: attempts(0) }, 'last'),
      ['api/server: attempt 0 printed nothing'],
    ],
    [
      'has printed nothing',
      said({ status: 'running' }, 'last', { live: 0 }),
      ['api/server: attempt 0 has printed nothing yet'],
    ],
    [
      'printed in one of its attempts',
      said({ status: 'built', attempts: attempts(0, 1) }, 'all', { printed: [1] }),
      ['api/server: attempt 0 printed nothing'],
    ],
    ['printed', said({ status: 'built', attempts: attempts(0, 1) }, 'last', { printed: [1] }), []],
    ['printed there', said({ status: 'built', attempts: attempts(0, 1) }, 0, { printed: [0] }), []],
  ])('and that %s', (_what, found, expected) => {
    expect(found).toEqual(expected);
  });

  test('is not told of where it was not asked for', () => {
    const snapshot = build(containerResult({ status: 'unchanged' }));
    expect(missingLogs(snapshot, ['api/db'], 'last', new Set(), soon)).toEqual([]);
  });
});

describe('an attempt that is waited for', () => {
  test.each<[Partial<ContainerResult>, number | null, AttemptChoice, readonly string[]]>([
    [{ status: 'queued' }, null, 9, ['api/server has no attempt so far; waiting for attempt 9']],
    [
      { status: 'running', attempts: attempts(0) },
      1,
      9,
      ['api/server has attempts 0–1 so far; waiting for attempt 9'],
    ],
    [{ status: 'running', attempts: attempts(0) }, 1, 1, []],
    [{ status: 'running' }, null, 'last', []],
    // It never comes: that is told at the end.
    [{ status: 'built', attempts: attempts(0) }, null, 9, []],
  ])('of %o, where %s runs and %s is asked for', (container, live, choice, expected) => {
    const snapshot = build(containerResult(container), live);
    expect(awaitedAttempts(snapshot, ['api/server'], choice)).toEqual(expected);
  });
});
