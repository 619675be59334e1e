import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, inject, onTestFinished } from 'vitest';
import { createAwaitBuildPod } from '../../../activities/build-pod/await-build-pod.ts';
import { systemClock } from '../../../activities/build-pod/clock.ts';
import { createCreateBuildPod } from '../../../activities/build-pod/create-build-pod.ts';
import { createDeleteBuildPod } from '../../../activities/build-pod/delete-build-pod.ts';
import { createKubernetesPods } from '../../../activities/build-pod/kubernetes-pods.ts';
import { logKey } from '../../../activities/build-pod/log-store.ts';
import { startPodInformer, type PodInformer } from '../../../activities/build-pod/pod-informer.ts';
import { createSlots } from '../../../activities/build-pod/slots.ts';
import type { Registry } from '../../../activities/registry/registry.ts';
import { digestOf } from '../../../activities/support/digest.ts';
import type { InstallationSettings } from '../../../activities/support/settings.ts';
import { parseSettings } from '../../../worker/config.ts';
import { connectServices, type Services } from '../../../worker/services.ts';
import type {
  CreateBuildPodInput,
  PodOutcome,
  PodRef,
} from '../../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../../workflows/contract/application.ts';
import { runActivity } from '../../support/activity.ts';
import { container } from '../../activities/build-pod/fixtures.ts';

export interface Wanted {
  readonly dockerfile: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly container?: Partial<BuiltContainer>;
  readonly builderImage?: string;
}

export interface Ran {
  readonly pod: PodRef;
  readonly outcome: PodOutcome;
  readonly log: string;
}

export interface BuildPods {
  readonly services: () => Services;
  /** Stores context and Dockerfile as the activities before would, and names a fresh attempt. */
  readonly inputFor: (wanted: Wanted) => Promise<CreateBuildPodInput>;
  /** Creates the attempt's Pod, waits for its end and deletes it, by the activities themselves. */
  readonly run: (
    input: CreateBuildPodInput,
    settings?: Partial<InstallationSettings>,
    registry?: Pick<Registry, 'checkPush'>,
  ) => Promise<Ran>;
}

/** The activities of builder Pods over the environment's real services, for one file of tests. */
export function useBuildPods(): BuildPods {
  const local = inject('environment');
  let services: Services;
  let news: PodInformer;

  beforeAll(async () => {
    // Of an installation without a worker: no workflow knows these Pods, a sweeper would delete them.
    const settings = { ...local.settings, SLIPWAY_INSTALLATION: 'build-pod-tests' };
    services = await connectServices(parseSettings(settings));
    const { kubeConfig: config, installation } = services;
    const { namespace, installation: name } = installation;
    news = startPodInformer({
      config,
      namespace,
      installation: name,
      clock: systemClock,
      onError: () => undefined,
    });
  });
  afterAll(async () => {
    await news.stop();
    await services.close();
  });

  async function inputFor({
    dockerfile,
    files = {},
    ...wanted
  }: Wanted): Promise<CreateBuildPodInput> {
    const id = randomUUID();
    const tar = pack();
    for (const [name, content] of Object.entries(files))
      tar.entry({ name, mtime: new Date(0) }, content);
    tar.finalize();
    const content = await buffer(tar);
    const context = {
      object: `contexts/${id}.tar.gz`,
      digest: digestOf(content),
      size: content.length,
    };
    await services.store.put(context.object, gzipSync(content), 'application/gzip');
    const dockerfileObject = `dockerfiles/${id}`;
    await services.store.put(dockerfileObject, Buffer.from(dockerfile), 'text/plain');
    const image = wanted.builderImage ?? services.installation.builderImages.buildah ?? '';
    return {
      attempt: {
        buildId: `test/${id}`,
        application: 'test',
        component: 'pods',
        container: 'one',
        workflowId: `test/${id}/pods/one`,
        firstRunId: id,
        generation: 0,
      },
      container: {
        ...container,
        repository: `${local.registry.host}/test/pods`,
        pushSecret: local.registry.secretName,
        resources: { memory: '512Mi' },
        timeouts: { queue: 120, build: 120 },
        ...wanted.container,
      },
      context,
      dockerfile: { object: dockerfileObject, digest: digestOf(dockerfile) },
      builder: { name: 'buildah', image },
      inputDigest: `sha256:${id.replaceAll('-', '').repeat(2)}`,
    };
  }

  async function run(
    input: CreateBuildPodInput,
    change: Partial<InstallationSettings> = {},
    registry: Pick<Registry, 'checkPush'> = services.registry,
  ): Promise<Ran> {
    const { store, secrets, installation } = services;
    const pods = createKubernetesPods(services.kubeConfig);
    // A registry that does not answer for the image is not waited for.
    const settings = { ...installation, imagePullGrace: 5, ...change };
    const common = { pods, news, store, secrets, clock: systemClock, settings };
    const remove = createDeleteBuildPod(common);
    const { attempt } = input;
    onTestFinished(() => runActivity(remove, { attempt }));
    const pod = await runActivity(createCreateBuildPod({ ...common, registry }), input);
    const wait = createAwaitBuildPod({
      ...common,
      waits: createSlots(8),
      logStreams: createSlots(4),
      lease: null,
    });
    const { secrets: buildSecrets = [], timeouts } = input.container;
    const outcome = await runActivity(wait, {
      attempt,
      pod,
      queueTimeout: timeouts.queue,
      secrets: buildSecrets,
    });
    await runActivity(remove, { attempt });
    expect(await pods.get(pod.namespace, pod.name)).toBeNull();
    const log = await store.get(logKey(attempt));
    return { pod, outcome, log: log?.toString() ?? '' };
  }

  return { services: () => services, inputFor, run };
}
