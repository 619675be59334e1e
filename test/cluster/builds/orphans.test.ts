import { expect, inject, test } from 'vitest';
import { containerBuildId } from '../../../workflows/contract/ids.ts';
import { openGate } from '../../support/product/gate.ts';
import { containerOf, useInstallation } from '../../support/product/installation.ts';

const store = new URL(inject('environment').store.endpoint);
const interval = 5;
const installation = useInstallation('orphans', { SLIPWAY_SWEEP_INTERVAL: String(interval) });

test('the Pod of a container build that is terminated is swept away', async () => {
  const { repository, submit, ended, client, pods } = installation();
  await using gate = await openGate(store.hostname);
  const source = await repository();
  await source.commit({
    'stays/Dockerfile': `FROM busybox\n${gate.instruction}\n`,
    'goes/Dockerfile': `FROM busybox\n${gate.instruction}\nRUN true\n`,
  });
  const buildId = await submit({
    name: 'app',
    source: source.url,
    containers: { 'api/stays': { context: 'stays' }, 'api/goes': { context: 'goes' } },
  });
  await gate.reached(2);

  const orphan = pods.ofBuild(buildId).find(({ name }) => name.includes('goes'));
  const terminatedAt = performance.now();
  await client.temporal.workflow
    .getHandle(containerBuildId(buildId, 'api', 'goes'))
    .terminate('by hand');
  await pods.until(({ uid, isGone }) => uid === orphan?.uid && isGone);
  // The grace is a second; the kubelet's part grows with what else the machine does.
  expect(performance.now() - terminatedAt).toBeLessThan((interval + 15) * 1_000);

  gate.open();
  const result = await ended(buildId);
  expect(containerOf(result, 'api/goes')).toMatchObject({
    status: 'failed',
    failure: { type: 'Cancelled', message: expect.stringContaining('the sweeper') },
  });
  // Whoever is waited for is left alone.
  expect(containerOf(result, 'api/stays')).toMatchObject({
    status: 'built',
    attempts: [{ decision: 'done' }],
  });
});
