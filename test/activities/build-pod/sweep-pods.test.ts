import { expect, onTestFinished, test } from 'vitest';
import { createKubernetesPods } from '../../../activities/build-pod/kubernetes-pods.ts';
import { buildPod } from '../../../activities/build-pod/spec.ts';
import { createSweepPods } from '../../../activities/build-pod/sweep-pods.ts';
import type { Executions } from '../../../activities/support/executions.ts';
import type { SweepPodsOutput } from '../../../workflows/contract/activities.ts';
import { runActivity } from '../../support/activity.ts';
import { startScriptedKubernetes } from '../../support/scripted-kubernetes.ts';
import { attempt, minimalRequest } from './fixtures.ts';

type State = Awaited<ReturnType<Executions['state']>>;
const settings = { installation: 'test', namespace: 'builds' };

/** A cluster with Pods of container builds in these states, and others' Pods. */
async function clusterWith(states: Readonly<Record<string, State>>) {
  const kubernetes = await startScriptedKubernetes();
  onTestFinished(() => kubernetes.stop());
  const pods = createKubernetesPods(kubernetes.config);
  const create = async (container: string, installation = 'test'): Promise<string> => {
    const pod = buildPod({
      ...minimalRequest,
      attempt: { ...attempt, container, workflowId: `shop/k1/api/${container}` },
      settings: { ...minimalRequest.settings, installation },
    });
    const created = await pods.create(pod);
    if (created.kind !== 'created') throw new Error(`${container} exists`);
    return created.pod.name;
  };
  const names = new Map<string, string>();
  for (const container of Object.keys(states)) names.set(container, await create(container));
  const asked: string[] = [];
  const sweep = createSweepPods({
    pods,
    settings,
    executions: {
      state: async (workflowId, firstRunId) => {
        expect(firstRunId).toBe(attempt.firstRunId);
        asked.push(workflowId);
        const state = states[workflowId.split('/').at(-1) ?? ''];
        if (state === undefined) throw new Error(`${workflowId} is nobody’s`);
        return state;
      },
    },
  });
  return {
    kubernetes,
    create,
    asked,
    name: (container: string): string => names.get(container) ?? '',
    sweep: (): Promise<SweepPodsOutput> => runActivity(sweep, undefined),
    left: () => kubernetes.pods().map(({ metadata }) => metadata?.name),
  };
}

test('Pods go whose container build is closed or unknown; the others stay', async () => {
  const cluster = await clusterWith({ server: 'running', site: 'closed', cron: 'absent' });
  const swept = await cluster.sweep();
  expect(swept.looked).toBe(3);
  expect(swept.deleted.toSorted()).toEqual([cluster.name('cron'), cluster.name('site')].toSorted());
  expect(cluster.left()).toEqual([cluster.name('server')]);
});

test('the Pods of another installation are not looked at', async () => {
  const cluster = await clusterWith({});
  const other = await cluster.create('server', 'other');
  expect(await cluster.sweep()).toEqual({ looked: 0, deleted: [] });
  expect(cluster.left()).toEqual([other]);
});

test('a Pod that does not say whose it is is left alone', async () => {
  const cluster = await clusterWith({ server: 'closed' });
  const annotations = cluster.kubernetes.pods()[0]?.metadata?.annotations ?? {};
  delete annotations['slipway/workflow-id'];
  expect(await cluster.sweep()).toEqual({ looked: 1, deleted: [] });
  expect(cluster.asked).toEqual([]);
});

test('nothing is deleted while Temporal cannot be asked', async () => {
  const cluster = await clusterWith({ server: 'closed' });
  await cluster.create('nobody');
  // Whichever comes first: the one that was asked about may be gone, the other one stays.
  await expect(cluster.sweep()).rejects.toThrow('is nobody’s');
  expect(cluster.left().length).toBeGreaterThan(0);
});

test('a Pod that cannot be deleted does not keep the others', async () => {
  const cluster = await clusterWith({ server: 'closed', site: 'closed', cron: 'closed' });
  const [first] = cluster.left();
  cluster.kubernetes.failNext(`DELETE /api/v1/namespaces/builds/pods/${first}`, 403, 'a webhook');
  await expect(cluster.sweep()).rejects.toMatchObject({ type: 'PodRejected' });
  expect(cluster.left()).toEqual([first]);
});

test('an API server that refuses the list is ClusterUnavailable', async () => {
  const cluster = await clusterWith({ server: 'closed' });
  cluster.kubernetes.failNext('/pods?', 503, 'starting');
  await expect(cluster.sweep()).rejects.toMatchObject({ type: 'ClusterUnavailable' });
});
