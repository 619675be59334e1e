import { describe, expect, test } from 'vitest';

import { judgeProbe, probePod } from '../../../dev/kube-context/probe-pod.ts';

const targets = [
  { name: 'store', host: '10.0.0.5', port: 9000 },
  { name: 'registry', host: '10.0.0.5', port: 5000 },
] as const;

describe('the probe Pod', () => {
  const pod = probePod({ name: 'p', owner: 'slipway-1', image: 'busybox', targets });

  test('has a container for each target, which connects to it and nothing else', () => {
    expect(pod.spec?.containers.map(({ name, command }) => [name, command])).toEqual([
      ['store', ['nc', '-w', '5', '10.0.0.5', '9000']],
      ['registry', ['nc', '-w', '5', '10.0.0.5', '5000']],
    ]);
  });

  test('gets no token, no second try and no time beyond its deadline', () => {
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 120,
    });
  });

  test('is not taken for a builder Pod by sweepers, and is found by `down`', () => {
    expect(pod.metadata?.labels).toEqual({ 'slipway/environment': 'slipway-1' });
  });

  test('is admitted where the strictest Pod security standard holds', () => {
    expect(pod.spec?.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of pod.spec?.containers ?? []) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });
});

const ended = (name: string, exitCode: number, reason = 'Error'): object => ({
  name,
  state: { terminated: { exitCode, reason } },
});
const waiting = (reason: string, message?: string): object => ({
  name: 'store',
  state: { waiting: { reason, message } },
});
const unscheduled = { type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' };

describe('judgeProbe', () => {
  test.each([
    ['new', {}, { kind: 'pending', note: 'it has not ended' }],
    [
      'without a node',
      { phase: 'Pending', conditions: [unscheduled] },
      { kind: 'pending', note: 'no node takes it: 0/3 nodes are available' },
    ],
    [
      'pulling',
      { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] },
      { kind: 'pending', note: 'ContainerCreating' },
    ],
    [
      'pulling, after a failure that may pass',
      { phase: 'Pending', containerStatuses: [waiting('ErrImagePull', 'timeout')] },
      { kind: 'pending', note: 'timeout' },
    ],
    [
      'without its image',
      { phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff', 'not found')] },
      { kind: 'image', reason: 'not found' },
    ],
    [
      'with an impossible image',
      { phase: 'Pending', containerStatuses: [waiting('InvalidImageName')] },
      { kind: 'image', reason: 'InvalidImageName' },
    ],
    [
      'half ended',
      { phase: 'Running', containerStatuses: [ended('store', 1), { name: 'registry', state: {} }] },
      { kind: 'pending', note: 'it has not ended' },
    ],
    [
      'through',
      { phase: 'Succeeded', containerStatuses: [ended('store', 0), ended('registry', 0)] },
      { kind: 'reached' },
    ],
    [
      'through to one',
      { phase: 'Failed', containerStatuses: [ended('store', 1), ended('registry', 0)] },
      { kind: 'unreachable', targets: ['store'], from: 'Pod address 10.1.0.9 on node n1' },
    ],
    [
      'through to none',
      { phase: 'Failed', containerStatuses: [ended('store', 1), ended('registry', 1)] },
      {
        kind: 'unreachable',
        targets: ['store', 'registry'],
        from: 'Pod address 10.1.0.9 on node n1',
      },
    ],
    [
      'of an image without nc',
      { phase: 'Failed', containerStatuses: [ended('store', 128, 'StartError')] },
      { kind: 'failed', reason: 'its image has no `nc`' },
    ],
    [
      'evicted',
      { phase: 'Failed', reason: 'Evicted', message: 'low on memory', containerStatuses: [] },
      { kind: 'failed', reason: 'Evicted: low on memory' },
    ],
    [
      'killed at its deadline',
      { phase: 'Failed', reason: 'DeadlineExceeded', containerStatuses: [ended('store', 137)] },
      { kind: 'failed', reason: 'DeadlineExceeded' },
    ],
    [
      'failed in silence',
      { phase: 'Failed' },
      { kind: 'failed', reason: 'it failed without a reason' },
    ],
  ])('a Pod that is %s', (_, status, expected) => {
    const pod = { spec: { nodeName: 'n1' }, status: { podIP: '10.1.0.9', ...status } };
    expect(judgeProbe(pod)).toEqual(expected);
  });
});
