import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Painter } from '../../../cli/view/format.ts';
import { liveTable } from '../../../cli/view/live-table.ts';
import type { ContainerResult } from '../../../workflows/contract/build.ts';
import { builtResult, containerResult, failureResult, snapshotOf } from '../../support/results.ts';

const plain: Painter = (_style, text) => text;
const queued = (name: string): ContainerResult => containerResult({ name });
const running = (name: string): ContainerResult => containerResult({ name, status: 'running' });
const failed = (name: string): ContainerResult =>
  containerResult({ name, status: 'failed', failure: failureResult('OutOfMemory') });

function table(
  containers: readonly ContainerResult[],
  rows: number,
  { columns = 60, waitingFor = null }: { columns?: number; waitingFor?: string | null } = {},
): readonly string[] {
  const snapshot = snapshotOf(containers, { waitingFor });
  return liveTable(snapshot, 2_000, { columns, rows }, plain).split('\n');
}

test('all containers are shown, in their order, where there are rows for them', () => {
  const expected = [
    '  api/a  queued',
    '  api/b  running',
    '  api/c  built      sha256:0123456789ab',
    '  1 of 3 done, 1 running, 2.0 s',
  ];
  const containers = [queued('a'), running('b'), builtResult('c')];
  expect(table(containers, 24)).toEqual(expected);
  expect(table(containers, expected.length + 1)).toEqual(expected);
});

test('failed and running ones come first where there are not', () => {
  const containers = [builtResult('a'), queued('b'), running('c'), builtResult('d'), failed('e')];
  expect(table(containers, 6)).toEqual([
    '  api/e  failed     OutOfMemory',
    '  api/c  running',
    '  api/b  queued',
    '  … and 2 more',
    '  3 of 5 done, 1 failed, 1 running, 2.0 s',
  ]);
});

describe('a small terminal', () => {
  const containers = ['a', 'b', 'c', 'd', 'e', 'f'].map(running);
  const counts = '  0 of 6 done, 6 running, 2.0 s';

  test.each<[number, readonly string[]]>([
    [5, ['  api/a  running', '  api/b  running', '  … and 4 more', counts]],
    [4, ['  api/a  running', '  … and 5 more', counts]],
    [3, ['  … and 6 more', counts]],
    [2, [counts]],
    [1, [counts]],
  ])('of %d rows has what fits above the cursor', (rows, lines) => {
    expect(table(containers, rows)).toEqual(lines);
  });

  test('has what the build waits for before its containers', () => {
    expect(table(containers, 4, { waitingFor: 'git' })).toEqual([
      '  … and 6 more',
      counts,
      '  waiting: git',
    ]);
  });
});

test('no line wraps and none is too many, whatever is in them', () => {
  const word = fc.string({ unit: fc.constantFrom('x', ' ', '日', '😀', 'é'), maxLength: 90 });
  const scene = fc.record({
    columns: fc.integer({ min: 5, max: 100 }),
    rows: fc.integer({ min: 2, max: 30 }),
    names: fc.array(fc.stringMatching(/^[a-z0-9-]{1,60}$/), { maxLength: 40 }),
    waitingFor: fc.option(word),
    said: word,
  });
  fc.assert(
    fc.property(scene, ({ columns, rows, names, waitingFor, said }) => {
      const containers = names.map(running);
      const live = names.map((name, index) => {
        const lastLogLine = said;
        const progress = { phase: 'pod', generation: 0, pod: 'bld-1', lastLogLine } as const;
        return [
          `api/${name}`,
          { ...progress, result: containers[index] ?? queued('none') },
        ] as const;
      });
      const snapshot = snapshotOf(containers, { running: new Map(live), waitingFor });
      const lines = liveTable(snapshot, 2_000, { columns, rows }, plain).split('\n');
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
      expect(lines.length).toBeLessThan(rows);
    }),
  );
});
