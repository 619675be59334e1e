import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { observeFailure, observeResult } from '../../../worker/telemetry/observations.ts';
import { failure } from '../../../workflows/contract/failures.ts';

/** `name{label=value,…} value` */
function written(observations: ReturnType<typeof observeResult>): readonly string[] {
  return observations.map(({ name, value, labels }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
    return `${name.replace('slipway_', '')}{${pairs.join(',')}} ${value}`;
  });
}

const times = { startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:01:30.500Z' };
const rendered = { unchanged: null, warnings: [] };

describe('a result', () => {
  test.each([
    ['resolveSources', 'resolve'],
    ['fetchSource', 'fetch'],
    ['verifyImage', 'verify'],
    ['verifyExistingImage', 'verify'],
    ['assembleComponent', 'package'],
    ['assembleApplication', 'package'],
  ])('of %s is a duration of the phase %s', (activity, phase) => {
    expect(written(observeResult(activity, 2.5, {}))).toEqual([
      `phase_duration_seconds{phase=${phase},outcome=succeeded} 2.5`,
    ]);
  });

  test.each([
    [null, 'build'],
    ['sha256:1', 'unchanged'],
  ])('of rendering, with the image %s, is the verdict %s', (unchanged, verdict) => {
    expect(written(observeResult('renderDockerfile', 1, { ...rendered, unchanged }))).toEqual([
      'phase_duration_seconds{phase=render,outcome=succeeded} 1',
      `render_verdicts_total{verdict=${verdict}} 1`,
    ]);
  });

  test('of rendering tells why, each reason once, and counts warnings', () => {
    const why = {
      verdict: 'build',
      changes: [{ what: 'base image' }, { what: 'commit' }, { what: 'base image' }],
    };
    const result = { ...rendered, why, warnings: ['a', 'b'] };
    expect(written(observeResult('renderDockerfile', 1, result)).slice(2)).toEqual([
      'build_reasons_total{reason=base image} 1',
      'build_reasons_total{reason=commit} 1',
      'build_warnings_total{phase=render} 2',
    ]);
  });

  test('of a wait is the Pod’s own time, whatever the turns that it took', () => {
    const outcome = { kind: 'succeeded', digest: 'sha256:1', warnings: ['no cache'], ...times };
    expect(written(observeResult('awaitBuildPod', 3, outcome))).toEqual([
      'phase_duration_seconds{phase=pod,outcome=succeeded} 90.5',
      'attempts_total{outcome=succeeded,failure_type=none} 1',
      'build_warnings_total{phase=pod} 1',
    ]);
  });

  test('of a wait for a Pod that failed has the class', () => {
    const outcome = { kind: 'failed', failureType: 'OutOfMemory', ...times };
    expect(written(observeResult('awaitBuildPod', 3, outcome))).toEqual([
      'phase_duration_seconds{phase=pod,outcome=failed} 90.5',
      'attempts_total{outcome=failed,failure_type=OutOfMemory} 1',
    ]);
  });

  test('of a sweep counts what was deleted, and nothing when nothing was', () => {
    expect(written(observeResult('sweepPods', 1, { looked: 9, deleted: ['a', 'b'] }))).toEqual([
      'pods_swept_total{} 2',
    ]);
    expect(observeResult('sweepPods', 1, { looked: 9, deleted: [] })).toEqual([]);
  });

  test.each([
    ['createBuildPod', { namespace: 'n', name: 'p', uid: 'u' }],
    ['deleteBuildPod', undefined],
    ['presignReads', {}],
  ])('of %s is no phase’s', (activity, result) => {
    expect(observeResult(activity, 1, result)).toEqual([]);
  });
});

describe('a failure', () => {
  test('has the phase’s duration and the type', () => {
    expect(written(observeFailure('fetchSource', 4, failure('SourceUnavailable', 'down')))).toEqual(
      [
        'phase_duration_seconds{phase=fetch,outcome=failed} 4',
        'activity_failures_total{activity=fetchSource,failure_type=SourceUnavailable} 1',
      ],
    );
  });

  test.each([
    new TypeError('bug'),
    ApplicationFailure.create({ type: 'anything a stranger wrote', message: '' }),
    'text',
  ])('of no known type is Unknown: %s', (error) => {
    expect(written(observeFailure('createBuildPod', 4, error))).toEqual([
      'activity_failures_total{activity=createBuildPod,failure_type=Unknown} 1',
    ]);
  });

  test('by cancellation is none', () => {
    expect(written(observeFailure('fetchSource', 4, new CancelledFailure('stop')))).toEqual([
      'phase_duration_seconds{phase=fetch,outcome=cancelled} 4',
    ]);
    expect(observeFailure('awaitBuildPod', 4, new CancelledFailure('stop'))).toEqual([]);
  });

  test('to let others have a turn is none', () => {
    expect(observeFailure('awaitBuildPod', 600, failure('PodStillRunning', 'runs'))).toEqual([]);
  });
});
