import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { createAwaitBuildPod } from '../../../activities/build-pod/await-build-pod.ts';
import { systemClock } from '../../../activities/build-pod/clock.ts';
import { createCreateBuildPod } from '../../../activities/build-pod/create-build-pod.ts';
import { createDeleteBuildPod } from '../../../activities/build-pod/delete-build-pod.ts';
import { createKubernetesPods } from '../../../activities/build-pod/kubernetes-pods.ts';
import { logKey } from '../../../activities/build-pod/log-store.ts';
import { startPodInformer, type PodInformer } from '../../../activities/build-pod/pod-informer.ts';
import { createSlots } from '../../../activities/build-pod/slots.ts';
import { parseSettings } from '../../../worker/config.ts';
import { connectServices, type Services } from '../../../worker/services.ts';
import type { CreateBuildPodInput, PodOutcome } from '../../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../../workflows/contract/application.ts';
import { inputTag } from '../../../workflows/contract/ids.ts';
import { runActivity } from '../../support/activity.ts';
import { container } from '../../activities/build-pod/fixtures.ts';

const local = inject('environment');
let services: Services;
let news: PodInformer;

beforeAll(async () => {
  services = await connectServices(parseSettings(local.settings));
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

interface Wanted {
  readonly dockerfile: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly container?: Partial<BuiltContainer>;
  readonly builderImage?: string;
}

/** Stores context and Dockerfile as the activities before would, and names a fresh attempt. */
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
  const context = { object: `contexts/${id}.tar.gz`, digest: `sha256:${id}`, size: 1 };
  await services.store.put(
    context.object,
    await buffer(tar.pipe(createGzip())),
    'application/gzip',
  );
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
    dockerfile: { object: dockerfileObject, digest: `sha256:${id}` },
    builder: { name: 'buildah', image },
    inputDigest: `sha256:${id.replaceAll('-', '').repeat(2)}`,
  };
}

async function run(input: CreateBuildPodInput): Promise<{ outcome: PodOutcome; log: string }> {
  const { store, secrets, installation } = services;
  const pods = createKubernetesPods(services.kubeConfig);
  // A registry that does not answer for the image is not waited for.
  const settings = { ...installation, imagePullGrace: 5 };
  const common = { pods, news, store, clock: systemClock, settings };
  const remove = createDeleteBuildPod(common);
  const { attempt } = input;
  onTestFinished(() => runActivity(remove, { attempt }));
  const pod = await runActivity(createCreateBuildPod({ ...common, secrets }), input);
  const wait = createAwaitBuildPod({ ...common, logStreams: createSlots(4), lease: null });
  const queueTimeout = input.container.timeouts.queue;
  const outcome = await runActivity(wait, { attempt, pod, queueTimeout });
  await runActivity(remove, { attempt });
  expect(await pods.get(pod.namespace, pod.name)).toBeNull();
  const log = await store.get(logKey(attempt)).catch(() => Buffer.alloc(0));
  return { outcome, log: log.toString() };
}

describe('a Buildah Pod', () => {
  test('pushes an image with the same digest whenever its inputs are the same', async () => {
    const wanted: Wanted = {
      dockerfile:
        'FROM busybox AS first\nARG MODE\nRUN echo "$MODE" > /mode\nFROM busybox\nCOPY --from=first /mode /mode\nCOPY . /srv\nRUN mkdir /made && touch /made/file && cat /mode\n',
      files: { 'a.txt': 'hello' },
      container: { buildArgs: { MODE: '$(HOME) and "more"' } },
    };
    const input = await inputFor(wanted);
    const { outcome, log } = await run(input);
    expect({ ...outcome, text: log }).toMatchObject({ kind: 'succeeded' });
    expect(log).toContain('$(HOME) and "more"\n');
    const again = await run(await inputFor(wanted));
    const digest = outcome.kind === 'succeeded' ? outcome.digest : '';
    expect(again.outcome).toMatchObject({ digest });
    const tag = `${input.container.repository}:${inputTag(input.inputDigest)}`;
    expect(await services.registry.resolve(tag, input.container.pushSecret)).toBe(digest);
  });

  test.each<[string, Wanted, string, string]>([
    [
      'failing RUN',
      { dockerfile: 'FROM busybox\nRUN echo hello; exit 7\n' },
      'BuildCommandFailed',
      '`RUN echo hello; exit 7` (step 2) exited with 7',
    ],
    ['bad Dockerfile', { dockerfile: 'FROM busybox\nRUNN x\n' }, 'DockerfileInvalid', 'RUNN'],
    [
      'missing file',
      { dockerfile: 'FROM busybox\nCOPY nothere /\n' },
      'DockerfileInvalid',
      'nothere',
    ],
    ['missing base', { dockerfile: 'FROM busybox:nope\n' }, 'BaseImageNotFound', 'nope'],
    [
      'out of memory',
      {
        dockerfile: 'FROM busybox\nRUN tail /dev/zero\n',
        container: { resources: { memory: '64Mi' } },
      },
      'OutOfMemory',
      'memory',
    ],
    [
      'deadline',
      {
        dockerfile: 'FROM busybox\nRUN sleep 600\n',
        container: { timeouts: { queue: 60, build: 8 } },
      },
      'DeadlineExceeded',
      '8 s',
    ],
    [
      'missing builder image',
      {
        dockerfile: 'FROM busybox\n',
        builderImage: `docker.io/slipway/nothere@sha256:${'1'.repeat(64)}`,
      },
      'BuilderImagePull',
      'slipway/nothere',
    ],
    [
      'unschedulable',
      {
        dockerfile: 'FROM busybox\n',
        container: { resources: { cpu: '1000' }, timeouts: { queue: 2, build: 60 } },
      },
      'Unschedulable',
      'cpu',
    ],
    [
      'push refused',
      {
        dockerfile: 'FROM busybox\nRUN true\n',
        container: { pushSecret: null, pullSecret: local.registry.secretName },
      },
      'PushDenied',
      'pushing image',
    ],
  ])('%s', async (_label, wanted, failureType, reason) => {
    const { outcome, log } = await run(await inputFor(wanted));
    expect({ ...outcome, text: log }).toMatchObject({
      kind: 'failed',
      failureType,
      reason: expect.stringContaining(reason),
    });
    expect(JSON.stringify(outcome) + log).not.toMatch(/X-Amz-Signature=[0-9a-f]/);
  });
});
