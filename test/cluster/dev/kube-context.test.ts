import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { ApiException, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { down } from '../../../dev/down.ts';
import { EnvironmentInUse } from '../../../dev/environment-in-use.ts';
import { detectCgroups } from '../../../dev/host/cgroups.ts';
import { deriveIdentity } from '../../../dev/instance/identity.ts';
import { instancePaths } from '../../../dev/instance/paths.ts';
import { readTools } from '../../../dev/instance/used-tools.ts';
import { type ClusterChoice, upWithCluster } from '../../../dev/kube-context/up.ts';
import { ClusterUnusable } from '../../../dev/kube-context/cluster-unusable.ts';
import { leftovers } from '../../../dev/leftovers.ts';
import { markedProcesses } from '../../../dev/process/marked.ts';
import { status } from '../../../dev/status.ts';
import { up } from '../../../dev/up.ts';
import { makeTestHome } from '../../support/test-home.ts';
import { recordingReporter } from '../../dev/tools/support.ts';

/** The run's own environment plays the cluster that somebody has already. */
const foreign = inject('environment');
const cacheDirectory = process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway');
const namespace = `kube-context-${process.pid}`;
const environment = { ...process.env, KUBECONFIG: foreign.kubernetes.kubeconfig };
const reporter = recordingReporter();

const config = new KubeConfig();
config.loadFromFile(foreign.kubernetes.kubeconfig);
const core = config.makeApiClient(CoreV1Api);
/** The one context of that kubeconfig. */
const context = config.getCurrentContext();

let home = '';
beforeAll(async () => {
  home = await makeTestHome('kube-context');
});
afterAll(async () => {
  await down({ home, purge: true, reporter });
  await rm(home, { recursive: true, force: true });
});

function start(cluster: Partial<ClusterChoice> = {}): ReturnType<typeof upWithCluster> {
  const choice = { context, namespace, ...cluster };
  return upWithCluster({ home, cacheDirectory, environment, reporter, cluster: choice });
}

async function probes(): Promise<readonly string[]> {
  const labelSelector = `slipway/environment=${deriveIdentity(home).name}`;
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return items
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata?.name ?? '');
}

/** What only root could have made, in an environment that is up. */
async function hostParts(): Promise<readonly string[]> {
  const layout = detectCgroups(await readFile('/proc/self/mountinfo', 'utf8'));
  const hierarchies = layout.kind === 'none' ? [] : layout.hierarchies;
  const tools = await readTools(instancePaths(foreign.home));
  const found = await leftovers({ identity: deriveIdentity(home), home, hierarchies, tools });
  return found.filter((line) => !line.startsWith('process '));
}

async function isGone(read: Promise<unknown>): Promise<boolean> {
  try {
    await read;
    return false;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return true;
    throw error;
  }
}

describe('an environment with a cluster that is there already', () => {
  test('tells that Pods can’t reach an address, and leaves nothing', async () => {
    const failure = start({ address: '127.0.0.1' });
    await expect(failure).rejects.toThrow(ClusterUnusable);
    await expect(failure).rejects.toThrow(
      /can't reach the store at 127\.0\.0\.1:\d+ and the registry at 127\.0\.0\.1:\d+ .*Connection refused.*--address IP/,
    );
    expect(await probes()).toEqual([]);
    expect(await markedProcesses(deriveIdentity(home).name)).toEqual([]);
    await expect
      .poll(() => isGone(core.readNamespace({ name: namespace })), { timeout: 60_000 })
      .toBe(true);
  });

  test('tells that the nodes can’t pull the probe’s image', async () => {
    const image = `${foreign.registry.host}/no/such-image:1`;
    const failure = upWithCluster({
      home,
      cacheDirectory,
      environment: { ...environment, SLIPWAY_PROBE_IMAGE: image },
      reporter,
      cluster: { context, namespace },
    });
    await expect(failure).rejects.toThrow(`can't pull the probe image ${image}`);
    expect(await probes()).toEqual([]);
  });

  test('names the contexts there are', async () => {
    await expect(start({ context: 'nope' })).rejects.toThrow(
      new RegExp(`no context nope in .*There are: ${context}\\.$`),
    );
  });

  test('runs its services here and its Pods there, without anything of root’s', async () => {
    const started = await start();
    expect(started).toMatchObject({
      kubernetes: { kubeconfig: foreign.kubernetes.kubeconfig, context, namespace },
      settings: {
        SLIPWAY_KUBECONFIG: foreign.kubernetes.kubeconfig,
        SLIPWAY_KUBE_CONTEXT: context,
        SLIPWAY_NAMESPACES: namespace,
      },
    });
    const found = await status({ home });
    expect(found.state).toBe('up');
    expect(found.components.map(({ name }) => name).toSorted()).toEqual([
      'minio',
      'registry',
      'temporal',
    ]);
    expect(await hostParts()).toEqual([]);
    expect(await probes()).toEqual([]);

    const temporal = await Connection.connect({ address: started.temporal.address });
    const { namespaceInfo } = await temporal.workflowService.describeNamespace({
      namespace: started.temporal.namespace,
    });
    expect(namespaceInfo?.name).toBe(started.temporal.namespace);
    await temporal.close();

    const secret = await core.readNamespacedSecret({ namespace, name: 'registry' });
    expect(secret.metadata?.labels).toEqual({ 'slipway/use': 'registry' });
    expect(secret.metadata?.annotations).toMatchObject({ 'slipway/hosts': started.registry.host });
  });

  test('is kept by another `up`', async () => {
    const before = await status({ home });
    await start();
    expect(await status({ home })).toEqual(before);
  });

  test('is not taken for another kind of environment', async () => {
    await expect(start({ namespace: 'other' })).rejects.toThrow(EnvironmentInUse);
    await expect(up({ home, cacheDirectory, environment, reporter })).rejects.toThrow(
      `uses the cluster of the context ${context}. Stop it first`,
    );
  });

  test('leaves a namespace that others use, and takes its own things out of it', async () => {
    const body = { metadata: { name: 'not-slipways' } };
    await core.createNamespacedConfigMap({ namespace, body });
    await down({ home, purge: false, reporter });
    expect((await status({ home })).state).toBe('down');
    expect(await isGone(core.readNamespacedSecret({ namespace, name: 'registry' }))).toBe(true);
    const left = await core.readNamespace({ name: namespace });
    expect(left.metadata?.deletionTimestamp).toBeUndefined();
    await core.deleteNamespacedConfigMap({ namespace, name: 'not-slipways' });
  });

  test('is gone after down --purge, the namespace that it made as well', async () => {
    await start();
    await down({ home, purge: true, reporter });
    expect(existsSync(home)).toBe(false);
    expect(await markedProcesses(deriveIdentity(home).name)).toEqual([]);
    await expect
      .poll(() => isGone(core.readNamespace({ name: namespace })), { timeout: 60_000 })
      .toBe(true);
  });
});
