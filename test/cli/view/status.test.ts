import { expect, test } from 'vitest';
import type { Painter } from '../../../cli/view/format.ts';
import { statusLines } from '../../../cli/view/status.ts';
import { attemptOf, builtResult, containerResult, snapshotOf } from '../../support/results.ts';

const plain: Painter = (_style, text) => text;

test('a build that runs is a line for each container, with what its attempts met', () => {
  const attempts = [
    attemptOf({ next: 'attempt 1 has 1Gi' }),
    attemptOf({ generation: 1, pod: 'bld-server-1', next: 'attempt 2 has 2Gi' }),
  ];
  const running = containerResult({ status: 'running', attempts });
  const live = { phase: 'pod', generation: 2, pod: 'bld-server-2', result: running } as const;
  const snapshot = snapshotOf([running, builtResult('db', { attempts })], {
    running: new Map([['api/server', live]]),
  });
  expect(statusLines(snapshot, plain)).toEqual([
    '  api/server  running    bld-server-2, attempt 2',
    '      attempt 0 (Pod bld-server-0): the node went away; attempt 1 has 1Gi',
    '      attempt 1 (Pod bld-server-1): the node went away; attempt 2 has 2Gi',
    // What it met is in the summary.
    '  api/db      built      sha256:0123456789ab',
  ]);
});

test('what the build as a whole waits for comes last', () => {
  const waitingFor = 'SourceUnavailable: git.example.com\ndoes not answer (try 4 follows)';
  expect(statusLines(snapshotOf([containerResult()], { waitingFor }), plain)).toEqual([
    '  api/server  queued',
    '  waiting: SourceUnavailable: git.example.com does not answer (try 4 follows)',
  ]);
});
