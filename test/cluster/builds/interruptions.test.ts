import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { CoreV1Api } from '@kubernetes/client-node';
import { expect, inject, test } from 'vitest';
import { presentContent } from '../../../activities/support/stored-content.ts';
import type { BuildResult } from '../../../workflows/contract/build.ts';
import { openGate } from '../../support/product/gate.ts';
import {
  containerOf,
  createInstallation,
  useInstallation,
  type Installation,
} from '../../support/product/installation.ts';
import { kubeConfigOf, storeOf } from '../../support/product/run-guard.ts';
import { startStallingProxy } from '../../support/product/stalling-proxy.ts';

const environment = inject('environment');
const store = new URL(environment.store.endpoint);
const installation = useInstallation('interruptions');
const api = kubeConfigOf(environment).makeApiClient(CoreV1Api);

/** A build that stands still in its Pod until the gate opens. */
async function gatedBuild({ repository, submit }: Installation, instruction: string) {
  const source = await repository();
  await source.commit({ Dockerfile: `FROM busybox\n${instruction}\nRUN echo done > /answer\n` });
  const definition = { name: 'app', source: source.url, containers: { 'api/server': {} } };
  return { definition, buildId: await submit(definition) };
}

function attemptsOf(result: BuildResult): readonly string[] {
  return containerOf(result, 'api/server').attempts.map(
    ({ generation, outcome, failureType, decision }) =>
      `${generation}: ${failureType ?? outcome}, ${decision}`,
  );
}

test.concurrent('a Pod that someone deletes is replaced when it is gone', async () => {
  const { ended, pods } = installation();
  await using gate = await openGate(store.hostname);
  const { buildId } = await gatedBuild(installation(), gate.instruction);
  await gate.reached();
  const [{ name, namespace } = { name: '', namespace: '' }] = pods.ofBuild(buildId);

  await api.deleteNamespacedPod({ name, namespace, body: { gracePeriodSeconds: 1 } });
  await gate.reached(2);
  gate.open();
  const result = await ended(buildId);

  expect(result.status).toBe('succeeded');
  expect(attemptsOf(result)).toEqual(['0: PodDeleted, retry', '1: succeeded, done']);
  expect(pods.ofBuild(buildId)).toHaveLength(2);
});

test.concurrent('a worker killed while the Pod runs leaves the Pod to the next one', async () => {
  await using own = await createInstallation(environment, 'killed-at-pod');
  await using gate = await openGate(store.hostname);
  const killed = await own.startWorker();
  const { buildId, definition } = await gatedBuild(own, gate.instruction);
  await gate.reached();

  await killed.kill();
  await own.startWorker();
  gate.open();
  const result = await own.ended(buildId);

  expect(result.status).toBe('succeeded');
  expect(attemptsOf(result)).toEqual(['0: succeeded, done']);
  expect(own.pods.ofBuild(buildId)).toHaveLength(1);
  const undisturbed = await own.build(definition, { force: 'all' });
  expect(containerOf(result, 'api/server').digest).toBe(
    containerOf(undisturbed, 'api/server').digest,
  );
});

test.concurrent('a worker killed while the context uploads leaves no half of it', async () => {
  await using own = await createInstallation(environment, 'killed-at-upload');
  const target = { host: store.hostname, port: Number(store.port) };
  await using proxy = await startStallingProxy(target, 2 * 1024 * 1024);
  const killed = await own.startWorker({
    SLIPWAY_STORE_ENDPOINT: `https://${target.host}:${proxy.port}`,
  });
  const source = await own.repository();
  await source.commit({
    Dockerfile: 'FROM busybox\nCOPY large /\n',
    // Does not compress, and is more than one part of a multipart upload.
    large: randomBytes(20 * 1024 * 1024),
  });
  const definition = { name: 'app', source: source.url, containers: { 'api/server': {} } };
  const buildId = await own.submit(definition);
  await proxy.stalled;

  await killed.kill();
  await own.startWorker();
  const result = await own.ended(buildId);

  expect(result.status).toBe('succeeded');
  expect(attemptsOf(result)).toEqual(['0: succeeded, done']);
  expect(own.pods.ofBuild(buildId)).toHaveLength(1);
  const undisturbed = await own.build(definition, { force: 'all' });
  expect(containerOf(result, 'api/server').digest).toBe(
    containerOf(undisturbed, 'api/server').digest,
  );
});

test('every context in the store is what its key says', async () => {
  const objects = storeOf(environment);
  // Tests of smaller parts put others there, under names of their own.
  const keys = (await objects.list('contexts/'))
    .map(({ key }) => key)
    .filter((key) => /[0-9a-f]{64}/.test(key));
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) {
    const tar = gunzipSync(await presentContent(objects, key));
    expect(`contexts/${createHash('sha256').update(tar).digest('hex')}.tar.gz`).toBe(key);
  }
});
