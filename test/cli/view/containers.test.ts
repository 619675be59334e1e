import { describe, expect, test } from 'vitest';
import { containerViews } from '../../../cli/view/containers.ts';
import type { ContainerResult, ContainerStatus } from '../../../workflows/contract/build.ts';
import type { RunningContainer } from '../../../client/running.ts';
import type { ContainerProgress } from '../../../workflows/contract/messages.ts';
import {
  attemptOf,
  buildResult,
  builtResult,
  componentResult,
  containerResult,
  failureResult,
  snapshotOf,
} from '../../support/results.ts';

const running = containerResult({ status: 'running' });

function activity(container: ContainerResult, progress?: Partial<RunningContainer>): string {
  const live = {
    phase: 'source',
    generation: 0,
    pod: null,
    result: container,
    ...progress,
  } as const;
  const views = containerViews(
    snapshotOf([container], {
      running: new Map(progress === undefined ? [] : [['api/server', live]]),
    }),
  );
  return views[0]?.activity ?? '';
}

describe('what a container does', () => {
  test.each<[Partial<ContainerProgress>, string]>([
    [{ phase: 'source' }, 'fetching source'],
    [{ phase: 'render' }, 'rendering Dockerfile'],
    [{ phase: 'pod', pod: 'bld-server-0' }, 'bld-server-0'],
    [{ phase: 'pod', pod: null }, 'creating Pod'],
    [{ phase: 'pod', pod: 'bld-server-2', generation: 2 }, 'bld-server-2, attempt 2'],
    [{ phase: 'verify', generation: 2 }, 'proving image'],
    [{ phase: 'cleanup' }, 'deleting Pod'],
    [{ phase: 'done' }, ''],
  ])('%j is "%s"', (progress, text) => {
    expect(activity(running, progress)).toBe(text);
  });

  test('is told with what it waits for', () => {
    const waitingFor = '0/1 nodes are available';
    const pod = { phase: 'pod', pod: 'bld-server-0', waitingFor } as const;
    expect(activity(running, pod)).toBe(`bld-server-0  ${waitingFor}`);
  });

  // A control sequence, or a second line, would tear the live table.
  test('is one line without control characters, whatever a cluster or a log says', () => {
    const live = {
      phase: 'pod',
      generation: 0,
      pod: 'bld-server-0',
      result: running,
      waitingFor: 'refused:\nline two',
      lastLogLine: ' 10%\u001b[2K\r\u001b[1;32m100%\u001b[0m\tof\u0007 it\r',
    } as const;
    const [view] = containerViews(
      snapshotOf([running], { running: new Map([['api/server', live]]) }),
    );
    expect(view?.activity).toBe('bld-server-0  refused: line two');
    expect(view?.lastLogLine).toBe('100% of it');
  });

  test('is told with why it was built, once it has an image', () => {
    const changes = [{ what: 'commit', from: 'a', to: 'b' }] as const;
    const built = builtResult('server', { why: { verdict: 'build', changes } });
    expect(activity(built)).toBe('sha256:0123456789ab  commit');
  });

  test('is unknown without live progress', () => {
    expect(activity(running)).toBe('');
  });

  test('is the digest, shortened, once it has an image, whatever it did last', () => {
    expect(activity(builtResult('server'), { phase: 'cleanup' })).toBe('sha256:0123456789ab');
  });

  test('is the failure once it has one', () => {
    const failed = builtResult('server', { failure: failureResult('DigestMismatch') });
    expect(activity(failed, { phase: 'verify' })).toBe('DigestMismatch');
  });
});

test('the attempts before the one that runs are told, as sentences', () => {
  const attempts = [attemptOf({ next: 'attempt 1 has 1Gi' }), attemptOf({ decision: 'fail' })];
  const [view] = containerViews(snapshotOf([containerResult({ attempts })]));
  expect(view?.earlier).toEqual([
    'attempt 0 (Pod bld-server-0): the node went away; attempt 1 has 1Gi',
  ]);
});

test.each<[ContainerStatus, boolean, boolean]>([
  ['queued', false, false],
  ['running', false, false],
  ['parked', false, false],
  ['built', true, false],
  ['unchanged', true, false],
  ['existing', true, false],
  ['skipped', true, false],
  ['failed', true, true],
  ['cancelled', true, true],
])('%s: done %s, failed %s', (status, done, failed) => {
  expect(containerViews(snapshotOf([containerResult({ status })]))).toMatchObject([
    { status, done, failed },
  ]);
});

test('containers are named with their component, in the definition’s order', () => {
  const result = buildResult([
    componentResult([containerResult({ name: 'z' }), containerResult({ name: 'a' })]),
    componentResult([containerResult({ name: 'm' })], { name: 'a' }),
  ]);
  const names = containerViews({ ...snapshotOf([]), result }).map(({ name }) => name);
  expect(names).toEqual(['api/z', 'api/a', 'a/m']);
});
