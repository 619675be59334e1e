import { describe, expect, it } from 'vitest';
import { assess, type Situation } from '../../../activities/build-pod/assess.ts';
import { podFacts, type PodFacts } from '../../../activities/build-pod/pod-facts.ts';
import { buildPod } from '../../../activities/build-pod/spec.ts';
import { fullRequest, withBuilder } from './fixtures.ts';
import { containerStatus, running, type Status } from './pods.ts';

const start = Date.parse('2026-11-22T10:00:00Z');
const seconds = (count: number): number => start + count * 1_000;

function facts(status: Status, buildTimeout: number): PodFacts {
  const container = { ...fullRequest.container, timeouts: { queue: 60, build: buildTimeout } };
  const { spec } = buildPod(withBuilder('kaniko', { ...fullRequest, container }));
  const metadata = { uid: 'uid-1', creationTimestamp: new Date(start) };
  return {
    ...podFacts({ metadata, spec: spec ?? { containers: [] }, status }),
    nodeName: 'node-1',
  };
}

const situation = (change: Partial<Situation>): Situation => ({
  input: { pod: { namespace: 'builds', name: 'bld', uid: 'uid-1' }, queueTimeout: 60 },
  settings: { imagePullGrace: 60, nodeLostAfter: 60 },
  now: start,
  node: undefined,
  warnings: [],
  quietSince: start,
  ...change,
});

describe('a builder that prints nothing', () => {
  it.each([
    ['half an hour', 1_800, 899, 'wait'],
    ['half an hour', 1_800, 900, 'failed'],
    ['ten minutes: the deadline comes first', 600, 601, 'wait'],
    ['15 minutes: silence of ten is always allowed', 900, 599, 'wait'],
    ['15 minutes', 900, 600, 'failed'],
  ])('in a build of %s (%i s) after %i s: %s', (_label, timeout, after, kind) => {
    const pod = facts(running(new Date(start)), timeout);
    expect(assess(pod, situation({ now: seconds(after) })).kind).toBe(kind);
  });

  it('is looked at again when its time is up, without news', () => {
    const pod = facts(running(new Date(start)), 1_800);
    expect(assess(pod, situation({ quietSince: seconds(100) }))).toEqual({
      kind: 'wait',
      until: seconds(1_000),
      reason: null,
    });
  });

  it('is left alone where its log is not followed', () => {
    const pod = facts(running(new Date(start)), 1_800);
    expect(assess(pod, situation({ now: seconds(1_700), quietSince: null })).kind).toBe('wait');
  });
});

describe('a container whose turn has come and that cannot start', () => {
  const waiting = (reason: string, message: string): Status => ({
    ...running(new Date(start)),
    phase: 'Pending',
    containerStatuses: [containerStatus('kaniko', { waiting: { reason, message } })],
  });

  it.each([
    ['ErrImagePull', 'r/x@sha256:1: not found', 0, 'failed'],
    ['ImagePullBackOff', 'dial tcp: i/o timeout', 59, 'wait'],
    ['ImagePullBackOff', 'dial tcp: i/o timeout', 60, 'failed'],
    // The queue's time is for the first container; the grace is for each.
    ['CreateContainerConfigError', 'secret not found', 59, 'wait'],
    ['CreateContainerConfigError', 'secret not found', 61, 'failed'],
    ['PodInitializing', '', 600, 'wait'],
  ])('(%s: %s) after %i s: %s', (reason, message, after, kind) => {
    const pod = facts(waiting(reason, message), 1_800);
    expect(assess(pod, situation({ now: seconds(after), quietSince: null })).kind).toBe(kind);
  });

  it('is looked at again when its grace is over, and the deadline still counts', () => {
    const pod = facts(waiting('ImagePullBackOff', 'dial tcp: i/o timeout'), 30);
    expect(assess(pod, situation({ quietSince: null }))).toMatchObject({
      kind: 'wait',
      until: seconds(32),
      reason: 'container kaniko: ImagePullBackOff: dial tcp: i/o timeout',
    });
  });
});
