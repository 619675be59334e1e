import { CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { CreateBuildPodInput } from '../../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../../workflows/contract/application.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { podName } from '../../../activities/build-pod/names.ts';
import { activityEnvironment } from '../../support/activity.ts';
import { attempt, container } from './fixtures.ts';
import { createInput, startCluster } from './cluster.ts';

describe('createBuildPod', () => {
  it('creates the Pod of the attempt, with a context URL for queue and transfer', async () => {
    const cluster = await startCluster();
    const pod = await cluster.create();
    const [created] = cluster.kubernetes.pods();
    expect(pod).toEqual({
      namespace: 'builds',
      name: podName(attempt),
      uid: created?.metadata?.uid,
    });
    expect(created?.spec?.initContainers?.[0]?.env).toContainEqual({
      name: 'CONTEXT_URL',
      value: `memory://${createInput.context.object}?seconds=1800`,
    });
    expect(created?.metadata?.annotations?.['slipway/dockerfile']).toContain('FROM debian:12');
  });

  it('adopts the Pod that it created before, although the URL is another one', async () => {
    const cluster = await startCluster();
    const first = await cluster.create();
    cluster.store.presignGet = () => Promise.resolve('https://store.example.com/other-signature');
    expect(await cluster.create()).toEqual(first);
    expect(cluster.kubernetes.pods()).toHaveLength(1);
  });

  it.each([
    ['made from another spec', { buildArgs: { MODE: 'debug' } }, attempt],
    ['of another workflow run', {}, { ...attempt, buildId: 'shop/other' }],
  ])('fails loudly on a Pod %s', async (_label, change, identity) => {
    const cluster = await startCluster();
    await cluster.create();
    const other = { ...createInput, attempt: identity, container: { ...container, ...change } };
    await expect(cluster.create(other)).rejects.toMatchObject({ type: 'PodConflict' });
  });

  it('does not adopt a Pod that is being deleted', async () => {
    const cluster = await startCluster();
    const { name } = await cluster.create();
    cluster.kubernetes.setStatus(name, { phase: 'Running' }, 'node-1');
    cluster.kubernetes.setNode('node-1', 'True', new Date());
    const deleting = cluster.delete();
    await expect
      .poll(() => cluster.kubernetes.pods()[0]?.metadata?.deletionTimestamp)
      .toBeDefined();
    await expect(cluster.create()).rejects.toMatchObject({ type: 'PodConflict' });
    cluster.kubernetes.remove(name);
    await deleting;
  });

  it.each([
    ['gone', null, 'is gone from the object store'],
    ['not the one that was rendered', 'FROM evil', 'something else has written to it'],
  ])('makes no Pod of a Dockerfile that is %s, and says so at once', async (_, content, words) => {
    const cluster = await startCluster();
    const { object } = createInput.dockerfile;
    if (content === null) cluster.store.objects.delete(object);
    else cluster.store.objects.set(object, Buffer.from(content));
    await expect(cluster.create()).rejects.toMatchObject({
      type: 'ContextCorrupted',
      nonRetryable: true,
      message: expect.stringMatching(new RegExp(`^${object} .*${words}`)),
    });
    expect(cluster.kubernetes.pods()).toEqual([]);
  });

  it.each([
    [403, 'pods "x" is forbidden: exceeded quota: builds, requested: pods=1', 'QuotaExceeded'],
    [403, 'violates PodSecurity "restricted:latest": runAsNonRoot != true', 'PodRejected'],
    [422, 'Pod "x" is invalid: spec.containers[0].image: Required value', 'PodRejected'],
    [404, 'namespaces "builds" not found', 'PodRejected'],
    [403, 'User "system:serviceaccount:a:b" cannot create resource "pods"', 'ClusterUnavailable'],
    [429, 'too many requests', 'ClusterUnavailable'],
    [500, 'etcdserver: request timed out', 'ClusterUnavailable'],
    [409, 'Operation cannot be fulfilled on resourcequotas "builds"', 'ClusterUnavailable'],
  ])('%i %s is %s', async (code, message, type) => {
    const cluster = await startCluster();
    cluster.kubernetes.failNext('POST ', code, message, 'Reason');
    const failed = cluster.create();
    await expect(failed).rejects.toMatchObject({ type });
    await expect(failed).rejects.toThrow(message);
  });

  it('is ClusterUnavailable with its cause when nothing answers', async () => {
    const cluster = await startCluster();
    await cluster.kubernetes.stop();
    await expect(cluster.create()).rejects.toMatchObject({
      type: 'ClusterUnavailable',
      message: expect.stringContaining('ECONNREFUSED'),
      cause: expect.any(Error),
    });
  });

  it('makes no Pod once it has been cancelled, however late what it asked for comes', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const cluster = await startCluster({
      checkPush: () => {
        asked.resolve();
        return answer.promise;
      },
    });
    const cache = { repository: 'registry.example.com/cache' };
    const environment = activityEnvironment();
    const input = { ...createInput, container: { ...container, pushSecret: 'push', cache } };
    const created = cluster.create(input, environment);
    created.catch(() => undefined);
    await asked.promise;
    environment.cancel();
    answer.resolve();
    await expect(created).rejects.toBeInstanceOf(CancelledFailure);
    expect(cluster.kubernetes.pods()).toEqual([]);
  });

  describe('Secrets that are mounted', () => {
    /** `refused` is for nothing; the others are for all. */
    async function clusterRefusing(refused: string | null) {
      const asked: string[] = [];
      const ask = async (name: string, what: string): Promise<void> => {
        asked.push(`${name} ${what}`);
        if (name === refused) throw failure('SecretNotFound', `${name} is not for this`);
      };
      const cluster = await startCluster({
        secrets: {
          registryLogin: () => Promise.resolve(null),
          requireRegistryUse: (name, hosts = []) => ask(name, ['any registry', ...hosts].join(' ')),
          requireBuildUse: (name, key) => ask(name, `key ${key}`),
        },
      });
      return { ...cluster, asked };
    }
    const withSecrets = (
      pushSecret: string | null,
      pullSecret: string | null,
      more: Partial<BuiltContainer> = {},
    ): CreateBuildPodInput => ({
      ...createInput,
      builder: { ...createInput.builder, name: 'buildah' },
      container: { ...container, pushSecret, pullSecret, ...more },
    });
    const cache = { repository: 'cache.example.com/layers' };
    const secrets = [
      { id: 'npmrc', secret: 'npm', key: '.npmrc' },
      { id: 'token', secret: 'admin', key: 'token' },
    ];

    it.each([
      ['a push Secret', withSecrets('admin', null), 'admin any registry registry.example.com'],
      ['a pull Secret', withSecrets(null, 'admin'), 'admin any registry'],
      ['a pull Secret beside the push Secret', withSecrets('push', 'admin'), 'admin any registry'],
      [
        'one Secret for both',
        withSecrets('admin', 'admin'),
        'admin any registry registry.example.com',
      ],
      [
        'a push Secret for a cache',
        withSecrets('admin', 'pull', { cache }),
        'admin any registry registry.example.com cache.example.com',
      ],
      [
        'a pull Secret for a cache, where it is alone',
        withSecrets(null, 'admin', { cache }),
        'admin any registry cache.example.com',
      ],
      ['a build-time secret', withSecrets(null, null, { secrets }), 'admin key token'],
    ])('creates nothing with %s that may not be used', async (_label, input, question) => {
      const { asked, ...cluster } = await clusterRefusing('admin');
      await expect(cluster.create(input)).rejects.toMatchObject({ type: 'SecretNotFound' });
      expect(asked.at(-1)).toBe(question);
      expect(cluster.kubernetes.pods()).toEqual([]);
    });

    it.each([
      ['each of two', withSecrets('push', 'pull'), ['push', 'pull']],
      ['one for both, once', withSecrets('both', 'both'), ['both']],
      [
        'those of RUN instructions',
        withSecrets('push', null, { secrets }),
        ['push', 'npm', 'admin'],
      ],
      ['none', withSecrets(null, null), []],
    ])('checks what it mounts: %s', async (_label, input, names) => {
      const { asked, ...cluster } = await clusterRefusing(null);
      await cluster.create(input);
      expect(asked.map((question) => question.split(' ', 1)[0])).toEqual(names);
      const [created] = cluster.kubernetes.pods();
      const mounted = JSON.stringify(created).matchAll(
        /"secretName":"([^"]+)"|"secret":\{"items":\[[^\]]*\],"name":"([^"]+)"/g,
      );
      const found = [...mounted].map((match) => match.slice(1).find((name) => name !== undefined));
      expect(new Set(found)).toEqual(new Set(names));
    });
  });

  describe('a layer cache', () => {
    const repository = 'cache.example.com/layers';
    const input = (builder: 'kaniko' | 'buildah', more: Partial<BuiltContainer> = {}) => ({
      ...createInput,
      builder: { ...createInput.builder, name: builder },
      container: { ...container, cache: { repository }, ...more },
    });
    const away = () =>
      Promise.reject(failure('RegistryUnavailable', 'cache.example.com got no answer'));

    it.each([
      ['kaniko', /--cache/, /--reproducible/],
      ['buildah', /--cache-/, /--layers=true/],
    ] as const)(
      'that does not answer is left out by %s, with a warning',
      async (builder, flag, kept) => {
        const cluster = await startCluster({ checkPush: away });
        const pod = await cluster.create(input(builder));
        expect(pod.warnings).toEqual([
          expect.stringMatching(/^the layer cache .* is not used, .*: cache.example.com got no/),
        ]);
        const text = JSON.stringify(cluster.kubernetes.pods()[0]?.spec);
        expect(text).not.toMatch(flag);
        expect(text).toMatch(kept);
      },
    );

    it('that answers is used', async () => {
      const asked: string[] = [];
      const cluster = await startCluster({
        checkPush: async (...question) => {
          asked.push(question.join(' '));
        },
      });
      const pod = await cluster.create(input('kaniko', { pushSecret: 'push' }));
      expect(pod.warnings).toBeUndefined();
      expect(asked).toEqual([`${repository} push`]);
      expect(cluster.kubernetes.pods()[0]?.spec?.containers[0]?.args).toContain(
        `--cache-repo=${repository}`,
      );
    });

    it.each([
      ['the pull Secret, where it knows the host', 'pull'],
      ['the push Secret else', 'push'],
    ])('is asked with %s', async (_what, name) => {
      const asked: (string | null)[] = [];
      const cluster = await startCluster({
        checkPush: async (_repository, secret) => {
          asked.push(secret);
        },
        secrets: {
          registryLogin: async (secret) => {
            if (name === 'push') throw failure('SecretNotFound', `${secret} is not for it`);
            return { username: 'ann', password: 'x' };
          },
          requireRegistryUse: () => Promise.resolve(),
          requireBuildUse: () => Promise.resolve(),
        },
      });
      await cluster.create(input('buildah', { pushSecret: 'push', pullSecret: 'pull' }));
      expect(asked).toEqual([name]);
    });

    it('that comes back meanwhile does not make another Pod of the one that was made', async () => {
      let isAway = true;
      const cluster = await startCluster({
        checkPush: () => (isAway ? away() : Promise.resolve()),
      });
      const first = await cluster.create(input('buildah'));
      isAway = false;
      expect(await cluster.create(input('buildah'))).toEqual(first);
      expect(first.warnings).toHaveLength(1);
    });
  });
});
