import { expect, onTestFinished } from 'vitest';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { createAwaitBuildPod } from '../../../activities/build-pod/await-build-pod.ts';
import { createCreateBuildPod } from '../../../activities/build-pod/create-build-pod.ts';
import { createDeleteBuildPod } from '../../../activities/build-pod/delete-build-pod.ts';
import { createKubernetesPods } from '../../../activities/build-pod/kubernetes-pods.ts';
import { startPodInformer } from '../../../activities/build-pod/pod-informer.ts';
import { createSlots, type Slots } from '../../../activities/build-pod/slots.ts';
import type { Registry } from '../../../activities/registry/registry.ts';
import { digestOf } from '../../../activities/support/digest.ts';
import type { Secrets } from '../../../activities/support/secrets.ts';
import type {
  CreateBuildPodInput,
  PodOutcome,
  PodProgress,
  PodRef,
} from '../../../workflows/contract/activities.ts';
import type { BuildSecret } from '../../../workflows/contract/application.ts';
import { activityEnvironment, runActivity } from '../../support/activity.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import {
  startScriptedKubernetes,
  type ScriptedKubernetes,
} from '../../support/scripted-kubernetes.ts';
import { attempt, minimalRequest } from './fixtures.ts';
import { createManualClock } from './manual-clock.ts';

const dockerfileObject = 'dockerfiles/x';
export const createInput: CreateBuildPodInput = {
  attempt,
  container: minimalRequest.container,
  context: minimalRequest.context,
  dockerfile: { object: dockerfileObject, digest: digestOf(minimalRequest.dockerfile) },
  builder: minimalRequest.builder,
  inputDigest: minimalRequest.inputDigest,
};

/** Every Secret is for every registry. */
const anySecrets: Secrets = {
  registryLogin: () => Promise.resolve(null),
  requireRegistryUse: () => Promise.resolve(),
  requireBuildUse: () => Promise.resolve(),
  buildValue: () => Promise.resolve(''),
};

/** The activities over the real client library and a scripted API server; time is the test's. */
export async function startCluster(
  options: {
    readonly waits?: Slots;
    readonly logStreams?: Slots;
    readonly lease?: number;
    readonly secrets?: Partial<Secrets>;
    readonly checkPush?: Registry['checkPush'];
  } = {},
) {
  const kubernetes: ScriptedKubernetes = await startScriptedKubernetes();
  const clock = createManualClock();
  const store = createInMemoryObjectStore();
  store.objects.set(dockerfileObject, Buffer.from(minimalRequest.dockerfile));
  const errors: unknown[] = [];
  const news = startPodInformer({
    config: kubernetes.config,
    namespace: 'builds',
    installation: 'test',
    clock,
    onError: (error) => errors.push(error),
  });
  onTestFinished(async () => {
    await news.stop();
    await kubernetes.stop();
  });
  const pods = createKubernetesPods(kubernetes.config);
  const settings = { ...minimalRequest.settings, imagePullGrace: 60, nodeLostAfter: 60 };
  const secrets = { ...anySecrets, ...options.secrets };
  const registry = { checkPush: options.checkPush ?? (() => Promise.resolve()) };
  const create = createCreateBuildPod({ pods, store, secrets, registry, settings });
  const wait = createAwaitBuildPod({
    pods,
    news,
    store,
    secrets,
    clock,
    settings,
    waits: options.waits ?? createSlots(8),
    logStreams: options.logStreams ?? createSlots(4),
    lease: options.lease ?? null,
  });
  const remove = createDeleteBuildPod({ pods, news, clock, settings });
  return {
    kubernetes,
    clock,
    /** How many Pods the watch has told of, by phase. */
    told: (phase: string): number => news.podsByPhase()?.get(phase) ?? 0,
    store,
    errors,
    create: (
      input: CreateBuildPodInput = createInput,
      environment: MockActivityEnvironment = activityEnvironment(),
    ): Promise<PodRef> => runActivity(create, input, environment),
    delete: (environment: MockActivityEnvironment = activityEnvironment()): Promise<void> =>
      runActivity(remove, { attempt }, environment),
    /** Starts to wait; `progress` is what was heartbeated. */
    wait(
      pod: PodRef,
      environment: MockActivityEnvironment = activityEnvironment(),
      buildSecrets: readonly BuildSecret[] = [],
    ) {
      const progress: PodProgress[] = [];
      environment.on('heartbeat', (details) => progress.push(details as PodProgress));
      const outcome: Promise<PodOutcome> = runActivity(
        wait,
        { attempt, pod, queueTimeout: 600, secrets: buildSecrets },
        environment,
      );
      outcome.catch(() => undefined);
      return { outcome, progress, environment };
    },
  };
}

/** Moves time on in steps until the promise has settled: each step lets requests come back. */
export async function settled<T>(
  clock: { advance(milliseconds: number): void },
  promise: Promise<T>,
): Promise<T> {
  let isSettled = false;
  const mark = (): void => {
    isSettled = true;
  };
  promise.then(mark, mark);
  await expect
    .poll(
      () => {
        clock.advance(1_000);
        return isSettled;
      },
      { interval: 1, timeout: 20_000 },
    )
    .toBe(true);
  return promise;
}
