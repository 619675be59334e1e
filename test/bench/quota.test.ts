import { CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { cancelBuild } from '../../client/cancel.ts';
import { containerBuildId } from '../../workflows/contract/ids.ts';
import { containerOf, useInstallation } from '../support/product/installation.ts';
import { kubeConfigOf } from '../support/product/run-guard.ts';

const environment = inject('environment');
const api = kubeConfigOf(environment).makeApiClient(CoreV1Api);
const namespace = 'slipway-no-room';
const quotaName = 'no-room';

beforeAll(async () => {
  await api.createNamespace({ body: { metadata: { name: namespace } } });
  const { secretName } = environment.registry;
  const { type, data, metadata } = await api.readNamespacedSecret({
    namespace: environment.kubernetes.namespace,
    name: secretName,
  });
  const { labels, annotations } = metadata ?? {};
  const copy = { name: secretName, ...(labels && { labels }), ...(annotations && { annotations }) };
  await api.createNamespacedSecret({
    namespace,
    body: { metadata: copy, ...(type && { type }), ...(data && { data }) },
  });
  await api.createNamespacedResourceQuota({
    namespace,
    body: { metadata: { name: quotaName }, spec: { hard: { pods: '0' } } },
  });
});
afterAll(() => api.deleteNamespace({ name: namespace }));

const installation = useInstallation('quota', { SLIPWAY_NAMESPACES: namespace });

/** A build whose Pod has no room, and has been refused for it. */
async function waitingBuild(name: string): Promise<string> {
  const { repository, submit, client } = installation();
  const source = await repository();
  await source.commit({ Dockerfile: 'FROM busybox\nRUN true\n' });
  const buildId = await submit({ name, source: source.url, containers: { 'api/server': {} } });
  const child = client.temporal.workflow.getHandle(containerBuildId(buildId, 'api', 'server'));
  await expect
    .poll(
      async () => {
        const described = await child.describe().catch(() => null);
        return described?.raw.pendingActivities?.map(
          ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type,
        );
      },
      { timeout: 60_000 },
    )
    .toEqual(['QuotaExceeded']);
  return buildId;
}

test('a build that waits for quota hears the cancel, and leaves no Pod', async () => {
  const buildId = await waitingBuild('cancelled');
  const asked = performance.now();
  await cancelBuild(installation().client, buildId);
  const result = await installation().ended(buildId);
  expect(performance.now() - asked).toBeLessThan(5_000);
  expect(result.status).toBe('cancelled');
  expect(containerOf(result, 'api/server')).toMatchObject({ status: 'skipped', attempts: [] });

  // Were a creation still under way, there would be room for it now.
  const another = await waitingBuild('patient');
  await api.deleteNamespacedResourceQuota({ namespace, name: quotaName });
  expect(await installation().ended(another)).toMatchObject({ status: 'succeeded' });
  const { items } = await api.listNamespacedPod({ namespace });
  expect(items.map(({ metadata }) => metadata?.annotations?.['slipway/build-id'])).not.toContain(
    buildId,
  );
});
