import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, type KubernetesObject, type V1Pod, type V1Role } from '@kubernetes/client-node';
import { expect, inject, test } from 'vitest';
import { submitBuild } from '../../../client/submit.ts';
import {
  metricDescriptions,
  type MetricDescription,
  type MetricName,
} from '../../../worker/telemetry/metrics.ts';
import { serveGitOverHttps } from '../../support/git-https-server.ts';
import { applyObjects, deploymentReady } from '../../support/product/cluster-objects.ts';
import { renderDeployment } from '../../support/product/deployment.ts';
import { commitOwnFiles, exampleApplication } from '../../support/product/examples.ts';
import { forward } from '../../support/product/forward.ts';
import {
  containerOf,
  createInstallation,
  type Installation,
} from '../../support/product/installation.ts';
import { kubeConfigOf } from '../../support/product/run-guard.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const environment = inject('environment');
const kubeConfig = kubeConfigOf(environment);
const api = kubeConfig.makeApiClient(CoreV1Api);
/** Where the environment's services are for Pods. */
const gateway = new URL(environment.store.endpoint).hostname;
const system = 'slipway-system';

/** The worker's image, built by Slipway from what this repository holds; `repository@digest`. */
async function buildOwnImage(): Promise<string> {
  await using installation = await createInstallation(environment, 'self');
  await installation.startWorker();
  const source = await installation.repository();
  await commitOwnFiles(source);
  const application = await exampleApplication('slipway', {
    registry: `${installation.registry}/slipway`,
    source: { git: source.url, ref: 'main' },
  });
  const result = await installation.ended(await submitBuild(installation.client, application));
  const { failure, image } = containerOf(result, 'slipway/worker');
  expect(failure).toBeNull();
  return image ?? '';
}

/** Settings and patches of the overlay for this environment. */
async function overlay(installation: Installation, image: string, temporal: string) {
  const { server = '' } = kubeConfig.getCurrentCluster() ?? {};
  const apiServer = new URL(server);
  const names = [
    'SLIPWAY_INSTALLATION',
    'SLIPWAY_TASK_QUEUE',
    'SLIPWAY_STORE_ENDPOINT',
    'SLIPWAY_STORE_BUCKET',
    'SLIPWAY_STORE_REGION',
    'SLIPWAY_REGISTRY_MIRRORS',
    'SLIPWAY_BUILDER',
    'SLIPWAY_BUILDAH_IMAGE',
    'SLIPWAY_KANIKO_IMAGE',
  ];
  return {
    directory: join(await temporaryDirectory(), 'overlay'),
    image,
    components: ['private-ca'],
    settings: {
      TEMPORAL_ADDRESS: temporal,
      TEMPORAL_NAMESPACE: environment.temporal.namespace,
      // Activities' own lines.
      SLIPWAY_LOG_LEVEL: 'debug',
      SLIPWAY_CONTEXT_IMAGE: image,
      ...Object.fromEntries(
        Object.entries(installation.settings).filter(([name]) => names.includes(name)),
      ),
    },
    patches: [
      // The environment has it already, and Buildah may not run under `baseline`.
      {
        target: { kind: 'Namespace', name: 'slipway' },
        patch: JSON.stringify({
          $patch: 'delete',
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'slipway' },
        }),
      },
      // Store, registry and mirror have a private address here.
      {
        target: { kind: 'NetworkPolicy', name: 'slipway-builders' },
        patch: JSON.stringify([
          {
            op: 'add',
            path: '/spec/egress/-',
            value: { to: [{ ipBlock: { cidr: `${gateway}/32` } }] },
          },
        ]),
      },
      {
        target: { kind: 'Deployment' },
        patch: JSON.stringify([
          { op: 'replace', path: '/spec/replicas', value: 1 },
          {
            op: 'add',
            path: '/spec/template/spec/containers/0/env',
            value: [
              // Nothing routes to service addresses here: there is no kube-proxy.
              { name: 'KUBERNETES_SERVICE_HOST', value: apiServer.hostname },
              { name: 'KUBERNETES_SERVICE_PORT', value: apiServer.port },
            ],
          },
        ]),
      },
    ],
  };
}

/** What an operator makes by hand: keys of the store, and the CAs. */
async function ownObjects(ca: string): Promise<readonly KubernetesObject[]> {
  const key = (name: string): Promise<string> =>
    readFile(environment.settings[name] ?? '', 'utf8').then((text) => text.trim());
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'slipway-store', namespace: system },
      stringData: {
        'access-key': await key('SLIPWAY_STORE_ACCESS_KEY_FILE'),
        'secret-key': await key('SLIPWAY_STORE_SECRET_KEY_FILE'),
      },
    } as KubernetesObject,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'slipway-ca', namespace: system },
      data: { 'ca.crt': ca },
    } as KubernetesObject,
  ];
}

async function workerPod(): Promise<V1Pod> {
  const labelSelector = 'app.kubernetes.io/name=slipway,app.kubernetes.io/component=worker';
  const { items } = await api.listNamespacedPod({ namespace: system, labelSelector });
  expect(items).toHaveLength(1);
  const [pod] = items;
  if (pod === undefined) throw new TypeError('just seen');
  return pod;
}

type Labels = Readonly<Record<string, string>>;

/** The samples of the worker's metrics, in Prometheus' text format. */
async function scrape(address: string): Promise<readonly { name: string; labels: Labels }[]> {
  const page = await fetch(`http://${address}:9090/metrics`).then((answer) => answer.text());
  return [...page.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(([, name = '', text = '']) => ({
    name,
    labels: Object.fromEntries(
      [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]),
    ),
  }));
}

/** `<verb> <resource>` of everything that the rendered roles allow. */
function allowed(objects: readonly KubernetesObject[]): readonly string[] {
  const roles = objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole') as V1Role[];
  return roles
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ verbs, resources = [] }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    )
    .toSorted();
}

/** Each sample is one that docs/metrics.md names, with the labels that it names. */
function expectDocumented(samples: Awaited<ReturnType<typeof scrape>>): void {
  const own = samples.filter(({ name }) => name.startsWith('slipway_'));
  const seen = new Set<string>();
  for (const { name, labels } of own) {
    const metric = name.replace(/_(bucket|sum|count)$/, '');
    seen.add(metric);
    const description = metricDescriptions[metric as MetricName] as MetricDescription | undefined;
    const { installation: _, le: __, ...others } = labels;
    expect({ [metric]: Object.keys(others).toSorted() }).toEqual({
      [metric]: description?.labels.toSorted(),
    });
  }
  const always = [
    'slipway_attempts_total',
    'slipway_phase_duration_seconds',
    'slipway_pods',
    'slipway_render_verdicts_total',
    'slipway_requests_total',
  ];
  expect([...seen]).toEqual(expect.arrayContaining(always));
}

/** One JSON object a line; those of activities say which build and attempt they are about. */
async function expectLog(pod: V1Pod, buildId: string): Promise<void> {
  const { name = '' } = pod.metadata ?? {};
  const text = await api.readNamespacedPodLog({ namespace: system, name });
  const lines = text.trimEnd().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  expect(parsed).toContainEqual(
    expect.objectContaining({
      activityType: 'awaitBuildPod',
      buildId,
      component: 'orders',
      container: 'api',
      attempt: 0,
      activityAttempt: 1,
    }),
  );
  const key = await readFile(environment.settings['SLIPWAY_STORE_SECRET_KEY_FILE'] ?? '', 'utf8');
  expect(text).not.toContain(key.trim());
  expect(text).not.toMatch(/X-Amz-Signature=[0-9a-f]{8}/);
}

/** Milliseconds. The image alone takes two minutes on a quiet machine with two cores. */
const timeout = 600_000;

test(
  'a worker of the image that Slipway built of itself builds an application in the cluster',
  { timeout },
  async () => {
    const image = await buildOwnImage();
    expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);

    await using installation = await createInstallation(environment, 'in-cluster');
    await using temporal = await forward(gateway, environment.temporal.address);
    const source = await installation.repository();
    await commitOwnFiles(source, 'examples/shop');
    const git = await serveGitOverHttps(source.directory, { address: gateway });
    const objects = await renderDeployment(await overlay(installation, image, temporal.address));
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
    const ca = `${await readFile(environment.caBundle, 'utf8')}${git.caBundle}`;
    await using _applied = await applyObjects(kubeConfig, [
      ...namespaces,
      ...(await ownObjects(ca)),
      ...objects.filter(({ kind }) => kind !== 'Namespace'),
    ]);
    await deploymentReady(kubeConfig, { namespace: system, name: 'slipway-worker' }, 90_000);

    const application = await exampleApplication('shop', {
      registry: `${installation.registry}/shop`,
      source: { git: `${git.url}/.git`, ref: 'main' },
    });
    const result = await installation.ended(await submitBuild(installation.client, application));
    expect(result).toMatchObject({ status: 'succeeded', package: { sha256: expect.any(String) } });
    const containers = result.components.flatMap((component) => component.containers);
    expect(new Set(containers.map(({ status }) => status))).toEqual(new Set(['built', 'existing']));

    const pod = await workerPod();
    const samples = await scrape(pod.status?.podIP ?? '');
    expect(samples.some(({ name }) => name.startsWith('temporal_'))).toBe(true);
    expectDocumented(samples);
    const requests = samples.filter(
      ({ name, labels }) => name === 'slipway_requests_total' && labels['service'] === 'kubernetes',
    );
    expect(requests.filter(({ labels }) => labels['code'] === '403')).toEqual([]);
    // A review of one's own rights is everybody's right.
    const used = new Set(requests.map(({ labels }) => `${labels['verb']} ${labels['resource']}`));
    used.delete('create selfsubjectaccessreviews');
    expect([...used].toSorted()).toEqual(allowed(objects));

    await expectLog(pod, result.buildId);
  },
);
