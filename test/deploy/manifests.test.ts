import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  KubernetesObject,
  V1Deployment,
  V1NetworkPolicy,
  V1Namespace,
  V1Role,
} from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { neededAccess } from '../../activities/diagnose/needed-access.ts';
import { WorkerSettings } from '../../worker/config.ts';

const deploy = join(import.meta.dirname, '../../deploy');

const Kustomization = z.object({
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  configMapGenerator: z
    .array(z.object({ name: z.string(), literals: z.array(z.string()) }))
    .default([]),
});

async function kustomization(directory: string) {
  const text = await readFile(join(deploy, directory, 'kustomization.yaml'), 'utf8');
  return Kustomization.parse(parse(text));
}

async function objectsOf(directory: string): Promise<readonly KubernetesObject[]> {
  const { resources } = await kustomization(directory);
  const texts = await Promise.all(
    resources
      .filter((resource) => resource.endsWith('.yaml'))
      .map((resource) => readFile(join(deploy, directory, resource), 'utf8')),
  );
  return texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject),
  );
}

async function settingsOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const { configMapGenerator } = await kustomization(directory);
  const literals = configMapGenerator.flatMap((generator) => generator.literals);
  return Object.fromEntries(
    literals.map((literal) => {
      const at = literal.indexOf('=');
      return [literal.slice(0, at), literal.slice(at + 1)];
    }),
  );
}

const base = await objectsOf('base');
const ofKind = (kind: string): readonly KubernetesObject[] =>
  base.filter((object) => object.kind === kind);
const deployment = ofKind('Deployment')[0] as V1Deployment;
const pod = deployment.spec?.template.spec;
const container = pod?.containers[0];

const directories = [
  'base',
  'overlays/example',
  ...(await readdir(join(deploy, 'components'))).map((name) => join('components', name)),
];

test.each(directories)('%s names files that exist, and nothing twice', async (directory) => {
  const { resources, components } = await kustomization(directory);
  expect(new Set(resources).size).toBe(resources.length);
  for (const component of components) {
    expect((await kustomization(join(directory, component))).configMapGenerator).toBeDefined();
  }
  const objects = await objectsOf(directory);
  const names = objects.map(
    ({ kind, metadata }) => `${kind} ${metadata?.namespace ?? ''}/${metadata?.name}`,
  );
  expect(new Set(names).size).toBe(names.length);
});

describe('settings', () => {
  test.each(directories)(
    'of %s are settings that a worker has, with values it takes',
    async (directory) => {
      const shape: Readonly<Record<string, z.ZodType>> = WorkerSettings.shape;
      for (const [name, value] of Object.entries(await settingsOf(directory))) {
        if (name.startsWith('TEMPORAL_')) continue;
        expect(Object.keys(shape)).toContain(name);
        // Files are in the Pod, not here.
        if (name.endsWith('_FILE') || name === 'SLIPWAY_CA_BUNDLE') continue;
        expect({ [name]: shape[name]?.safeParse(value).success }).toEqual({ [name]: true });
      }
    },
  );

  test('all that a worker must have are in the base or the example', async () => {
    const given = { ...(await settingsOf('base')), ...(await settingsOf('overlays/example')) };
    const required = Object.entries(WorkerSettings.shape)
      .filter(([, schema]) => !schema.safeParse(undefined).success)
      .map(([name]) => name);
    expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
    expect(given['TEMPORAL_ADDRESS']).toMatch(/:\d+$/);
  });

  test('name files and directories that the Pod has', async () => {
    const given = { ...(await settingsOf('base')), ...(await settingsOf('components/private-ca')) };
    const mounts = [
      ...(container?.volumeMounts ?? []).map(({ mountPath }) => mountPath),
      '/etc/slipway/ca',
    ];
    const paths = Object.values(given).filter((value) => value.startsWith('/'));
    expect(paths).toHaveLength(4);
    for (const path of paths) {
      expect(mounts.some((mount) => path === mount || path.startsWith(`${mount}/`))).toBe(true);
    }
  });

  test('send Pods to the namespace that the role and the policy are for', async () => {
    const { SLIPWAY_NAMESPACES } = await settingsOf('base');
    const [role] = ofKind('Role');
    const [binding] = ofKind('RoleBinding');
    expect(role?.metadata?.namespace).toBe(SLIPWAY_NAMESPACES);
    expect(binding?.metadata?.namespace).toBe(SLIPWAY_NAMESPACES);
  });
});

describe('the worker’s Pod', () => {
  test('has more time to end than the worker takes to drain', async () => {
    const drain = Number((await settingsOf('base'))['SLIPWAY_DRAIN_TIME']);
    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(drain + 5);
  });

  test('is what the `restricted` standard asks, which its namespace enforces', () => {
    const namespace = ofKind('Namespace').find(
      ({ metadata }) => metadata?.name === deployment.metadata?.namespace,
    ) as V1Namespace;
    expect(namespace.metadata?.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    expect(pod?.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('has room for what it keeps twice over, and a limit that is no less than its volumes', () => {
    const sizes = Object.fromEntries(
      (pod?.volumes ?? []).flatMap(({ name, emptyDir }) =>
        emptyDir === undefined ? [] : [[name, gibibytes(emptyDir.sizeLimit)]],
      ),
    );
    // Trees and repositories, each to the limit of git-source-trees.ts.
    expect(sizes['work']).toBeGreaterThanOrEqual(2 * (10 + 10));
    const { requests, limits } = container?.resources ?? {};
    const limit = gibibytes(limits?.['ephemeral-storage']);
    expect(limit).toBeGreaterThan(Object.values(sizes).reduce((sum, size) => sum + size, 0));
    expect(gibibytes(requests?.['ephemeral-storage'])).toBeLessThanOrEqual(limit);
  });

  test('is probed and scraped at the ports that the settings open', async () => {
    const settings = await settingsOf('base');
    const ports = Object.fromEntries(
      (container?.ports ?? []).map(({ name, containerPort }) => [name, `0.0.0.0:${containerPort}`]),
    );
    expect(ports).toEqual({
      health: settings['SLIPWAY_HEALTH_ADDRESS'],
      metrics: settings['SLIPWAY_METRICS_ADDRESS'],
    });
    const probes = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe];
    expect(probes.map((probe) => [probe?.httpGet?.path, probe?.httpGet?.port])).toEqual([
      ['/readyz', 'health'],
      ['/healthz', 'health'],
      ['/readyz', 'health'],
    ]);
  });

  test('is selected by its own labels, and by the metrics Service', async () => {
    const labels = deployment.spec?.template.metadata?.labels;
    expect(deployment.spec?.selector.matchLabels).toEqual(labels);
    const service = (await objectsOf('components/service-monitor')).find(
      ({ kind }) => kind === 'Service',
    );
    expect(service).toMatchObject({ spec: { selector: labels, clusterIP: 'None' } });
  });
});

test.each([
  ['Role', 'namespace'],
  ['ClusterRole', 'cluster'],
] as const)('the %s grants what `slipway doctor` asks for, and nothing else', (kind, scope) => {
  const granted = ofKind(kind)
    .flatMap((role) => (role as V1Role).rules ?? [])
    .flatMap(({ verbs, resources = [] }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    );
  const needed = neededAccess
    .filter((access) => access.scope === scope)
    .map(({ verb, resource, subresource }) =>
      [verb, [resource, subresource].filter(Boolean).join('/')].join(' '),
    );
  expect(granted.toSorted()).toEqual(needed.toSorted());
});

/** Of a quantity that is written in Gi. */
function gibibytes(quantity: string | undefined): number {
  expect(quantity).toMatch(/^\d+Gi$/);
  return Number(quantity?.slice(0, -2));
}

test('rights are for the worker’s account alone', () => {
  for (const kind of ['RoleBinding', 'ClusterRoleBinding']) {
    expect(ofKind(kind)).toHaveLength(1);
    expect(ofKind(kind)[0]).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: pod?.serviceAccountName }],
    });
  }
});

test('builder Pods are spoken to by nobody, and reach no link-local address', () => {
  const policy = ofKind('NetworkPolicy').find(
    ({ metadata }) => metadata?.name === 'slipway-builders',
  ) as V1NetworkPolicy;
  expect(policy.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'], ingress: [] });
  const [open] = policy.spec?.egress ?? [];
  expect(open?.to?.[0]?.ipBlock).toEqual({ cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] });
});
