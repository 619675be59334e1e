import { readFile, readdir } from 'node:fs/promises';
import { BlockList, isIPv6 } from 'node:net';
import { join } from 'node:path';
import type {
  KubernetesObject,
  V1Deployment,
  V1NetworkPolicy,
  V1NetworkPolicyEgressRule,
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
  images: z
    .array(z.strictObject({ name: z.string(), newName: z.string(), digest: z.string() }))
    .default([]),
  patches: z
    .array(z.object({ target: z.object({ name: z.string() }), patch: z.string() }))
    .default([]),
});

const NetworkPatch = z.array(
  z.object({
    op: z.literal('add'),
    path: z.literal('/spec/egress/-'),
    value: z.object({ to: z.array(z.object({ ipBlock: z.object({ cidr: z.string() }) })) }),
  }),
);

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

  test('have builder Pods fetch their context in the worker’s own image', async () => {
    const { images } = await kustomization('overlays/example');
    const { SLIPWAY_CONTEXT_IMAGE, SLIPWAY_BUILDER } = await settingsOf('overlays/example');
    expect(images).toEqual([
      { name: container?.image, newName: expect.any(String), digest: expect.any(String) },
    ]);
    expect(SLIPWAY_CONTEXT_IMAGE).toBe(`${images[0]?.newName}@${images[0]?.digest}`);
    expect(SLIPWAY_BUILDER).not.toBe('auto');
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

test('the login of the example is for the worker’s account', async () => {
  const { patches } = await kustomization('overlays/example');
  const targets = patches
    .filter(({ patch }) => patch.includes('/imagePullSecrets'))
    .map(({ target }) => target.name);
  expect(targets).toEqual([pod?.serviceAccountName]);
});

test('rights are for the worker’s account alone', () => {
  for (const kind of ['RoleBinding', 'ClusterRoleBinding']) {
    expect(ofKind(kind)).toHaveLength(1);
    expect(ofKind(kind)[0]).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: pod?.serviceAccountName }],
    });
  }
});

describe('builder Pods', () => {
  const policy = ofKind('NetworkPolicy').find(
    ({ metadata }) => metadata?.name === 'slipway-builders',
  ) as V1NetworkPolicy;
  const egress = policy.spec?.egress ?? [];

  test('are spoken to by nobody', () => {
    expect(policy.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'], ingress: [] });
  });

  test.each([
    ['of the internet', '1.1.1.1', true],
    ['of the internet', '172.32.0.1', true],
    ['of the internet', '2606:4700:4700::1111', true],
    ['of Pods, Services and nodes', '10.96.0.1', false],
    ['of Pods, Services and nodes', '172.31.255.254', false],
    ['of Pods, Services and nodes', '192.168.1.1', false],
    ['of Pods, Services and nodes', '240.0.0.1', false],
    ['of Pods, Services and nodes', '198.19.0.1', false],
    ['of Pods, Services and nodes', 'fd12:3456::1', false],
    ['of a carrier’s network', '100.64.0.1', false],
    ['of the metadata of most clouds', '169.254.169.254', false],
    ['of the metadata of AWS', 'fd00:ec2::254', false],
    ['of the metadata of Azure', '168.63.129.16', false],
    ['of the metadata of Alibaba Cloud', '100.100.100.200', false],
    ['of the metadata of Oracle Cloud', '192.0.0.192', false],
    ['of a neighbour', 'fe80::1', false],
  ])('an address %s, %s, is reached: %s', (_whose, address, expected) => {
    expect(egress.some((rule) => reaches(rule, address, 443))).toBe(expected);
  });

  test('reach names at the cluster’s DNS, and at no other private address', () => {
    const dns = egress.filter(({ ports }) => ports?.some(({ port }) => port === 53));
    expect(dns.flatMap(({ to = [] }) => to)).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
      { ipBlock: { cidr: '169.254.20.10/32' } },
    ]);
    expect(egress.some((rule) => reaches(rule, '169.254.169.254', 53))).toBe(false);
    expect(egress.every(({ to = [] }) => to.length > 0)).toBe(true);
  });

  test('reach nobody more by the example’s placeholders', async () => {
    const patches = (await kustomization('overlays/example')).patches.filter(
      ({ target }) => target.name === 'slipway-builders',
    );
    const opened = patches.flatMap(({ patch }) => NetworkPatch.parse(parse(patch)));
    expect(opened).toHaveLength(1);
    const documentation = new BlockList();
    documentation.addSubnet('192.0.2.0', 24);
    for (const { ipBlock } of opened.flatMap(({ value }) => value.to)) {
      const [address = '', length] = ipBlock.cidr.split('/');
      expect({ [address]: documentation.check(address), length }).toEqual({
        [address]: true,
        length: '32',
      });
    }
  });
});

function reaches(rule: V1NetworkPolicyEgressRule, address: string, port: number): boolean {
  if (rule.ports !== undefined && !rule.ports.some((allowed) => allowed.port === port))
    return false;
  return (rule.to ?? []).some(
    ({ ipBlock }) =>
      ipBlock !== undefined &&
      holds([ipBlock.cidr], address) &&
      !holds(ipBlock.except ?? [], address),
  );
}

function holds(networks: readonly string[], address: string): boolean {
  const family = familyOf(address);
  const list = new BlockList();
  for (const network of networks) {
    const [first = '', length] = network.split('/');
    // A BlockList takes an IPv4 address for its IPv6 form as well.
    if (familyOf(first) === family) list.addSubnet(first, Number(length), family);
  }
  return list.check(address, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
