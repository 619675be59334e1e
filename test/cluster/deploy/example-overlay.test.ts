import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  KubernetesObject,
  V1Deployment,
  V1NetworkPolicy,
  V1Service,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderOverlay } from '../../support/product/deployment.ts';

interface ServiceMonitor extends KubernetesObject {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly { readonly port: string }[];
  };
}

let directory: string;
let objects: readonly KubernetesObject[];

/** The example as it is, with the option that it has commented out. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-test-'));
  const deploy = join(directory, 'deploy');
  await cp(join(import.meta.dirname, '../../../deploy'), deploy, { recursive: true });
  const file = join(deploy, 'overlays/example/kustomization.yaml');
  const text = await readFile(file, 'utf8');
  const option = '# - ../../components/service-monitor';
  if (!text.includes(option)) throw new Error(`the example has no ${option}`);
  await writeFile(file, text.replace(option, option.slice('# '.length)));
  objects = await renderOverlay(join(deploy, 'overlays/example'));
});

afterAll(() => rm(directory, { recursive: true }));

function only<T extends KubernetesObject>(kind: string, name: string): T {
  const found = objects.filter((one) => one.kind === kind && one.metadata?.name === name);
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return found[0] as T;
}

test('Prometheus finds the Service, and the Service the workers, each by a port that is there', () => {
  const monitor = only<ServiceMonitor>('ServiceMonitor', 'slipway');
  const service = only<V1Service>('Service', 'slipway-metrics');
  const worker = only<V1Deployment>('Deployment', 'slipway-worker');
  const { metadata, spec } = worker.spec?.template ?? {};
  expect(service.metadata?.namespace).toBe(monitor.metadata?.namespace);
  expect(service.metadata?.labels).toMatchObject(monitor.spec.selector.matchLabels);
  expect(metadata?.labels).toMatchObject(service.spec?.selector ?? { is: 'missing' });
  const ports = service.spec?.ports ?? [];
  expect(ports.map(({ name }) => name)).toEqual(monitor.spec.endpoints.map(({ port }) => port));
  const open = spec?.containers.flatMap((container) => container.ports ?? []);
  expect(open?.map(({ name }) => name)).toEqual(
    expect.arrayContaining(ports.map(({ targetPort }) => targetPort)),
  );
});

test('what the example changes is in what is applied', () => {
  const worker = only<V1Deployment>('Deployment', 'slipway-worker');
  const [container] = worker.spec?.template.spec?.containers ?? [];
  expect(container?.image).toBe(
    `registry.example.com/slipway/slipway-worker@sha256:${'0'.repeat(64)}`,
  );
  const account = only<V1ServiceAccount>('ServiceAccount', 'slipway-worker');
  expect(account.imagePullSecrets).toEqual([{ name: 'registry' }]);
  const policy = only<V1NetworkPolicy>('NetworkPolicy', 'slipway-builders');
  const blocks = policy.spec?.egress?.flatMap(({ to = [] }) =>
    to.map(({ ipBlock }) => ipBlock?.cidr),
  );
  expect(blocks).toContain('192.0.2.10/32');
});
