import { randomUUID } from 'node:crypto';
import { CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createKubernetesPods } from '../../../activities/build-pod/kubernetes-pods.ts';
import { trialPod } from '../../../activities/diagnose/trial-pod.ts';
import { minimalRequest } from '../../activities/build-pod/fixtures.ts';
import { kubeConfigOf } from '../../support/product/run-guard.ts';

const kubeConfig = kubeConfigOf(inject('environment'));
const api = kubeConfig.makeApiClient(CoreV1Api);
const pods = createKubernetesPods(kubeConfig);
const namespace = `trial-${randomUUID().slice(0, 8)}`;

beforeAll(() =>
  api.createNamespace({
    body: {
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
    },
  }),
);
afterAll(() => api.deleteNamespace({ name: namespace }));

function tryPod(name: 'kaniko' | 'buildah', where: string): Promise<void> {
  const settings = { ...minimalRequest.settings, namespace: where };
  return pods.try(trialPod({ name, image: `registry.invalid/${name}@sha256:0` }, settings));
}

test('a namespace of the baseline takes a Pod of Kaniko, and makes none', async () => {
  await tryPod('kaniko', namespace);
  expect((await api.listNamespacedPod({ namespace })).items).toEqual([]);
});

test('it refuses one of Buildah, and says why', async () => {
  await expect(tryPod('buildah', namespace)).rejects.toMatchObject({
    type: 'PodRejected',
    message: expect.stringContaining('violates PodSecurity "baseline') as string,
  });
});

test('a namespace that is not there takes none', async () => {
  await expect(tryPod('kaniko', `${namespace}-not`)).rejects.toMatchObject({
    type: 'PodRejected',
    message: expect.stringContaining('not found') as string,
  });
});
