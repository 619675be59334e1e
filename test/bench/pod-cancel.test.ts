import { expect, inject, test } from 'vitest';
import { cancelBuild } from '../../client/cancel.ts';
import { openGate } from '../support/product/gate.ts';
import { containerOf, useInstallation } from '../support/product/installation.ts';

const store = new URL(inject('environment').store.endpoint);
const installation = useInstallation('pod-cancel');

test('a cancel while the Pod runs ends the build and the Pod', async () => {
  const { repository, submit, client, ended, pods } = installation();
  await using gate = await openGate(store.hostname);
  const source = await repository();
  await source.commit({ Dockerfile: `FROM busybox\n${gate.instruction}\n` });
  const containers = { 'api/server': {} };
  const buildId = await submit({ name: 'app', source: source.url, containers });
  await gate.reached();

  const [pod] = pods.ofBuild(buildId);
  const asked = performance.now();
  const deleting = pods
    .until(
      ({ uid, pod: { metadata } }) => uid === pod?.uid && metadata?.deletionTimestamp !== undefined,
    )
    .then(() => performance.now());
  const gone = pods
    .until(({ uid, isGone }) => uid === pod?.uid && isGone)
    .then(() => performance.now());
  await cancelBuild(client, buildId);
  const result = await ended(buildId);
  const end = performance.now();

  expect(result.status).toBe('cancelled');
  expect(containerOf(result, 'api/server')).toMatchObject({
    status: 'cancelled',
    image: null,
    attempts: [{ generation: 0, failureType: 'Cancelled', decision: 'cancel' }],
  });
  // The kubelet's part is not Slipway's, and grows with what else the machine does.
  expect(end - asked - ((await gone) - (await deleting))).toBeLessThan(4_000);
});
