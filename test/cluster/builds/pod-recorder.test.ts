import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CoreV1Api, type V1Pod, type V1PodSpec } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, type SlipwayClient } from '../../../client/connect.ts';
import { startPodRecorder, type PodRecorder } from '../../support/product/pod-recorder.ts';
import { kubeConfigOf, storeOf } from '../../support/product/run-guard.ts';
import { searchFiles, searchHistories, searchObjects } from '../../support/product/run-search.ts';
import { secretSearch } from '../../support/product/secret-search.ts';

const environment = inject('environment');
const kubeConfig = kubeConfigOf(environment);
const api = kubeConfig.makeApiClient(CoreV1Api);
/** Of its own: the recorder of the run does not look there. */
const namespace = `recorder-${randomBytes(3).toString('hex')}`;
const value = randomBytes(24).toString('base64url');
const search = secretSearch([{ name: 'the planted value', value }]);

beforeAll(async () => {
  await api.createNamespace({ body: { metadata: { name: namespace } } });
});
afterAll(() => api.deleteNamespace({ name: namespace }));

/** A Pod as a builder's, which stays Pending: no node is called that. */
function builderPod(
  name: string,
  annotations: Readonly<Record<string, string>> = {},
  spec: Partial<V1PodSpec> = {
    nodeSelector: { 'kubernetes.io/hostname': 'none' },
    containers: [{ name: 'build', image: 'busybox' }],
  },
): V1Pod {
  return {
    metadata: {
      name,
      annotations: { 'slipway/build-id': 'shop/1', ...annotations },
      labels: {
        'app.kubernetes.io/managed-by': 'slipway',
        'slipway/application': 'shop',
        'slipway/component': 'api',
        'slipway/container': name.split('-')[0] ?? '',
        'slipway/build': 'b1',
      },
    },
    spec: {
      // Without the default service account, which a new namespace has only after a while.
      automountServiceAccountToken: false,
      containers: [],
      ...spec,
    },
  };
}

const create = (pod: V1Pod): Promise<V1Pod> => api.createNamespacedPod({ namespace, body: pod });
const remove = async (recorder: PodRecorder, name: string): Promise<void> => {
  await api.deleteNamespacedPod({ name, namespace, body: { gracePeriodSeconds: 0 } });
  await recorder.until((record) => record.name === name && record.isGone);
};
const start = (): Promise<PodRecorder> => startPodRecorder({ kubeConfig, namespace, search });

describe('the recorder of Pods', () => {
  test('is content with one Pod after the other, and with Pods of other containers', async () => {
    const recorder = await start();
    await create(builderPod('server-0'));
    await create(builderPod('worker-0'));
    await remove(recorder, 'server-0');
    await create(builderPod('server-1'));
    await remove(recorder, 'server-1');
    await remove(recorder, 'worker-0');
    expect(await recorder.stop()).toEqual([]);
    expect(recorder.ofBuild('shop/1').map(({ name }) => name)).toHaveLength(3);
  });

  test('reports a second Pod beside the first', async () => {
    const recorder = await start();
    await create(builderPod('server-0'));
    await create(builderPod('server-1'));
    await recorder.until(({ name }) => name === 'server-1');
    await remove(recorder, 'server-0');
    await remove(recorder, 'server-1');
    expect(await recorder.stop()).toEqual([
      'second Pod for shop/api/server/b1: server-1 was created while server-0 (Pending) existed',
    ]);
  });

  test('reports a Pod that is left', async () => {
    const recorder = await start();
    await create(builderPod('server-0'));
    await recorder.until(({ name }) => name === 'server-0');
    expect(await recorder.stop()).toEqual([`leftover Pod ${namespace}/server-0 (Pending)`]);
    await api.deleteNamespacedPod({ name: 'server-0', namespace, body: { gracePeriodSeconds: 0 } });
  });

  test('reports a secret value in a Pod, without the value', async () => {
    const recorder = await start();
    await create(builderPod('server-0', { note: `login ${value}` }));
    await recorder.until(({ name }) => name === 'server-0');
    await remove(recorder, 'server-0');
    expect(await recorder.stop()).toEqual([
      `the planted value is readable in Pod ${namespace}/server-0`,
    ]);
  });

  test('reports a secret value in the log of a Pod', async () => {
    const recorder = await start();
    // The Pod itself does not hold the value, only what it prints.
    const hex = Buffer.from(value).toString('hex');
    const command = ['sh', '-c', `echo begin; echo ${hex} | xxd -r -p`];
    const containers = [{ name: 'build', image: 'docker.io/library/busybox:latest', command }];
    await create(builderPod('server-0', {}, { restartPolicy: 'Never', containers }));
    await recorder.until(({ pod: { status } }) => status?.phase === 'Succeeded');
    await expect
      .poll(() => recorder.breaches(), { timeout: 10_000 })
      .toEqual([
        `the planted value is readable in the log of Pod ${namespace}/server-0, container build`,
      ]);
    await remove(recorder, 'server-0');
    await recorder.stop();
  });
});

describe('the search', () => {
  let client: SlipwayClient;
  beforeAll(async () => {
    client = await connect({ environment: environment.settings });
  });
  afterAll(() => client.close());

  test('finds a secret value in a workflow history', async () => {
    const { workflow } = client.temporal;
    const workflowId = `recorder/${randomUUID()}`;
    const args = [{ deep: [`Bearer ${value}`] }];
    const handle = await workflow.start('planted', { workflowId, taskQueue: 'nobody', args });
    const query = `WorkflowId = '${workflowId}'`;
    await expect
      .poll(() => searchHistories(client.temporal, search.values, query))
      .toEqual([`the planted value is readable in event 1 of workflow ${workflowId}`]);
    await handle.terminate();
  });

  test('finds a secret value in an object, packed or in its name', async () => {
    const store = storeOf(environment);
    const prefix = `recorder/${randomUUID()}/`;
    const key = `${prefix}context.tar.gz`;
    await store.put(key, gzipSync(`user:${value}`), 'application/gzip');
    await store.put(`${prefix}clean`, Buffer.from('nothing'), 'text/plain');
    expect(await searchObjects(store, search.values, prefix)).toEqual([
      `the planted value is readable in object ${key}`,
    ]);
  });

  test('finds a secret value in a log file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-test-'));
    await writeFile(join(directory, 'worker.log'), `{"message":"${value}"}\n`);
    expect(await searchFiles(directory, search.values)).toEqual([
      'the planted value is readable in log worker.log',
    ]);
    await rm(directory, { recursive: true });
  });
});
