import { describe, expect, it } from 'vitest';
import { CancelledFailure } from '@temporalio/common';
import { activityEnvironment } from '../../support/activity.ts';
import { settled, startCluster } from './cluster.ts';

async function withRunningPod() {
  const cluster = await startCluster();
  const pod = await cluster.create();
  cluster.kubernetes.setNode('node-1', 'True', new Date(0));
  cluster.kubernetes.setStatus(pod.name, { phase: 'Running' }, 'node-1');
  return { ...cluster, pod };
}

describe('deleteBuildPod', () => {
  it('is done when there is no Pod', async () => {
    const cluster = await startCluster();
    await cluster.delete();
    expect(cluster.kubernetes.requests.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  it('resolves only when the object is gone', async () => {
    const { kubernetes, pod, ...cluster } = await withRunningPod();
    await expect.poll(() => kubernetes.watches()).toBe(1);
    let isDone = false;
    const deleted = cluster.delete().then(() => (isDone = true));
    await expect.poll(() => kubernetes.pods()[0]?.metadata?.deletionTimestamp).toBeDefined();
    expect(isDone).toBe(false);
    kubernetes.remove(pod.name);
    await deleted;
  });

  it('asks for the Pod when no news come', async () => {
    const { kubernetes, pod, clock, ...cluster } = await withRunningPod();
    await expect.poll(() => kubernetes.watches()).toBe(1);
    const deleted = cluster.delete();
    await expect.poll(() => kubernetes.pods()[0]?.metadata?.deletionTimestamp).toBeDefined();
    kubernetes.dropWatches();
    kubernetes.failNext('watch=true', 503, 'starting');
    kubernetes.remove(pod.name);
    await settled(clock, deleted);
    expect(kubernetes.pods()).toEqual([]);
  });

  it('leaves a Pod alone that was not made for the attempt', async () => {
    const { kubernetes, pod, ...cluster } = await withRunningPod();
    const made = kubernetes.pods()[0];
    if (made?.metadata?.annotations) made.metadata.annotations['slipway/first-run-id'] = 'other';
    await cluster.delete();
    expect(kubernetes.pods().map(({ metadata }) => metadata?.name)).toEqual([pod.name]);
  });

  it('removes the object by force when the node has been unreachable for long', async () => {
    const { kubernetes, clock, ...cluster } = await withRunningPod();
    kubernetes.setNode('node-1', 'Unknown', new Date(clock.now() - 61_000));
    await cluster.delete();
    expect(kubernetes.pods()).toEqual([]);
  });

  it('waits while the node has been unreachable for a short time only', async () => {
    const { kubernetes, clock, ...cluster } = await withRunningPod();
    kubernetes.setNode('node-1', 'Unknown', new Date(clock.now() - 30_000));
    const environment = activityEnvironment();
    const deleted = cluster.delete(environment);
    await expect
      .poll(() => kubernetes.requests.filter((line) => line.includes('/nodes/')).length)
      .toBeGreaterThan(0);
    expect(kubernetes.pods()).toHaveLength(1);
    environment.cancel();
    await expect(deleted).rejects.toBeInstanceOf(CancelledFailure);
  });
});
