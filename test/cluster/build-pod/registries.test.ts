import { readFile } from 'node:fs/promises';
import { CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { forward, type Forward } from '../../support/product/forward.ts';
import { kubeConfigOf } from '../../support/product/run-guard.ts';
import { useBuildPods } from './build-pods.ts';

const local = inject('environment');
const api = kubeConfigOf(local).makeApiClient(CoreV1Api);
const { namespace } = local.kubernetes;
const { inputFor, run } = useBuildPods();
const pullSecret = 'registries-pull';

/** The environment's registry under another name, which no other Secret has a login for. */
let other: Forward;
let otherHost: string;

beforeAll(async () => {
  const { host, authFile } = local.registry;
  const [bridge = ''] = host.split(':');
  other = await forward(bridge, host);
  otherHost = other.address;
  const { auths } = JSON.parse(await readFile(authFile, 'utf8')) as {
    auths: Record<string, object>;
  };
  await api.createNamespacedSecret({
    namespace,
    body: {
      metadata: {
        name: pullSecret,
        labels: { 'slipway/use': 'registry' },
        annotations: { 'slipway/hosts': otherHost },
      },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [otherHost]: auths[host] } }) },
    },
  });
});
afterAll(async () => {
  await api.deleteNamespacedSecret({ namespace, name: pullSecret });
  await other[Symbol.asyncDispose]();
});

test('a Buildah Pod pulls from one registry with one Secret, and pushes to another with another', async () => {
  const dockerfile = `FROM ${otherHost}/library/busybox\nRUN true\n`;
  const { outcome, log } = await run(await inputFor({ dockerfile, container: { pullSecret } }));
  expect({ ...outcome, text: log }).toMatchObject({ kind: 'succeeded' });
});

test('with the Secret for pushing alone it gets no base from there', async () => {
  const dockerfile = `FROM ${otherHost}/library/busybox\nRUN true\n`;
  const { outcome } = await run(await inputFor({ dockerfile }));
  expect(outcome).toMatchObject({ kind: 'failed', failureType: 'BaseImageDenied' });
});
