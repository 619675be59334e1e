import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { CoreV1Api } from '@kubernetes/client-node';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { cacheWarnings } from '../../../activities/build-pod/evidence/cache.ts';
import type { BuiltContainer } from '../../../workflows/contract/application.ts';
import { useBuildPods, type Ran, type Wanted } from './build-pods.ts';

const local = inject('environment');
const { services, inputFor, run } = useBuildPods();
const { host } = local.registry;

const dockerfile = [
  'FROM busybox',
  'RUN head -c 1048576 /dev/zero | tr "\\\\0" x > /large; echo "ran: first"',
  'COPY greeting /srv/',
  'RUN cat /srv/greeting; echo "ran: last"',
].join('\n');

function wanted(greeting: string, repository: string | null): Wanted {
  return {
    dockerfile,
    files: { greeting },
    container: repository === null ? {} : { cache: { repository } },
  };
}

const freshCache = () => `${host}/cache/${randomUUID()}`;

function digestOf({ outcome, log }: Ran): string {
  expect({ ...outcome, text: log }).toMatchObject({ kind: 'succeeded' });
  return outcome.kind === 'succeeded' ? outcome.digest : '';
}

const ranSteps = ({ log }: Ran): readonly string[] => log.match(/^ran: \w+$/gm) ?? [];

describe('the layer cache of a Buildah Pod', () => {
  /** Of the image with `hello`, whatever the cache did. */
  let expected: string;

  test('gives layers back until something changes, and the same image either way', async () => {
    const cache = freshCache();
    const cold = await run(await inputFor(wanted('hello\n', cache)));
    expected = digestOf(cold);
    expect(ranSteps(cold)).toEqual(['ran: first', 'ran: last']);
    expect(cold.pod.warnings).toBeUndefined();

    const warm = await run(await inputFor(wanted('hello\n', cache)));
    expect(digestOf(warm)).toBe(expected);
    expect(ranSteps(warm)).toEqual([]);

    const edited = await run(await inputFor(wanted('hi\n', cache)));
    expect(digestOf(edited)).not.toBe(expected);
    expect(ranSteps(edited)).toEqual(['ran: last']);
  });

  test('keeps apart what its keys do not: bases that differ in their configuration alone', async () => {
    const repository = `${host}/test/base-${randomUUID()}`;
    const cache = freshCache();
    const ranWith = async (value: string) => {
      const base = await run(
        await inputFor({
          dockerfile: 'FROM busybox\nARG V\nENV V=$V\n',
          container: { repository, buildArgs: { V: value } },
        }),
      );
      const text = `FROM ${repository}@${digestOf(base)}\nRUN echo "value: $V"\n`;
      return run(await inputFor({ dockerfile: text, container: { cache: { repository: cache } } }));
    };
    expect((await ranWith('one')).log).toMatch(/^value: one$/m);
    expect((await ranWith('two')).log).toMatch(/^value: two$/m);
  });

  test('is left out with a warning where its registry is not there: the image is the same', async () => {
    const container = await deadCache();
    const ran = await run(await inputFor({ ...wanted('hello\n', null), container }));
    expect(digestOf(ran)).toBe(expected);
    expect(ran.pod.warnings).toEqual([
      expect.stringMatching(/layer cache .*\/cache\/[0-9a-f]{16} is not used.*got no answer/),
    ]);
  });

  test('fails an attempt when it goes away meanwhile, and not the next one', async () => {
    const container = await deadCache();
    const input = await inputFor({ ...wanted('hello\n', null), container });
    // What the worker sees isn't what the Pod will meet.
    const optimist = { checkPush: () => Promise.resolve() };
    const first = await run(input, {}, optimist);
    expect(first.outcome).toMatchObject({
      kind: 'failed',
      failureType: 'RegistryUnavailable',
      reason: expect.stringContaining('layer cache, the next attempt goes without'),
    });
    const attempt = { ...input.attempt, generation: 1 };
    const second = await run({ ...input, attempt }, {}, optimist);
    expect(digestOf(second)).toBe(expected);
    expect(cacheWarnings('buildah', second.log)).toEqual([
      expect.stringMatching(/layer cache was in trouble.*connection refused/),
    ]);
  });
});

/** A cache where nothing listens, and a Secret that is for its host as well. */
async function deadCache(): Promise<Pick<BuiltContainer, 'cache' | 'pushSecret'>> {
  const dead = await deadPort();
  const core = services().kubeConfig.makeApiClient(CoreV1Api);
  const { namespace } = local.kubernetes;
  const name = `cache-${randomUUID()}`;
  await core.createNamespacedSecret({
    namespace,
    body: {
      metadata: {
        name,
        labels: { 'slipway/use': 'registry' },
        annotations: { 'slipway/hosts': `${host}, ${dead}` },
      },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': await readFile(local.registry.authFile, 'utf8') },
    },
  });
  onTestFinished(async () => {
    await core.deleteNamespacedSecret({ namespace, name });
  });
  return { cache: { repository: `${dead}/cache` }, pushSecret: name };
}

/** An address on the bridge, as Pods and worker see it, where nothing listens any more. */
async function deadPort(): Promise<string> {
  const address = host.replace(/:\d+$/, '');
  const server: Server = createServer().listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  return `${address}:${typeof bound === 'object' ? bound?.port : ''}`;
}
