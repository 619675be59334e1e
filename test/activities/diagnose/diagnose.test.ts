import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiException, type AuthorizationV1Api, type V1Pod } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDiagnosePods } from '../../../activities/diagnose/diagnose-pods.ts';
import {
  createDiagnoseSource,
  type DiagnoseSourceDependencies,
} from '../../../activities/diagnose/diagnose-source.ts';
import { createKubernetesAccessReviews } from '../../../activities/diagnose/kubernetes-access-reviews.ts';
import { neededAccess } from '../../../activities/diagnose/needed-access.ts';
import { minimalRequest } from '../build-pod/fixtures.ts';
import { failure, failurePolicies } from '../../../workflows/contract/failures.ts';

let workDirectory: string;
beforeEach(async () => {
  workDirectory = await mkdtemp(join(tmpdir(), 'slipway-diagnose-'));
});
afterEach(() => rm(workDirectory, { recursive: true }));

const none = { sources: [], repositories: [], buildSecrets: [] };
const source = { git: 'https://git.test/shop.git', ref: 'main' };
const existing = { image: 'registry.test/proxy:1', pullSecret: 'pull' };
const repository = { repository: 'registry.test/shop/api', pushSecret: 'registry' };

function dependencies(
  changes: Partial<DiagnoseSourceDependencies> = {},
): DiagnoseSourceDependencies {
  const objects = new Map<string, Buffer>();
  return {
    store: {
      put: async (key, body) => void objects.set(key, body as Buffer),
      get: async (key) => objects.get(key) ?? null,
      hasLifecycle: async () => true,
    },
    registry: { checkPush: async () => {}, resolve: async () => 'sha256:3' },
    trees: { resolve: async () => 'c'.repeat(40) },
    secrets: { requireBuildUse: async () => {}, requireRegistryUse: async () => {} },
    settings: {
      builderImages: { kaniko: 'kaniko@sha256:1', buildah: 'buildah@sha256:2' },
      contextStep: { image: 'node@sha256:3', program: '' },
      defaultBuilder: 'kaniko',
      workDirectory,
    },
    ...changes,
  };
}

describe('a source worker', () => {
  test('has all that builds need', async () => {
    const { checks } = await createDiagnoseSource(dependencies())({
      sources: [source],
      repositories: [repository],
      buildSecrets: [{ secret: 'npm', key: 'npmrc' }],
      pullSecrets: ['pull'],
      images: [existing],
    });
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'object store: write and read',
      'object store: lifecycle',
      'builder images',
      'git',
      'disk of the worker',
      'source https://git.test/shop.git at main',
      'registry: push to registry.test/shop/api',
      'build Secret npm, key npmrc',
      'pull Secret pull',
      'image registry.test/proxy:1',
    ]);
  });

  test.each<[string, string, Partial<DiagnoseSourceDependencies>]>([
    [
      'StorageUnavailable',
      'object store: write and read',
      {
        store: {
          put: () => Promise.reject(failure('StorageUnavailable', 'it is away')),
          get: async () => Buffer.alloc(0),
          hasLifecycle: async () => null,
        },
      },
    ],
    [
      'SourceAuthDenied',
      'source https://git.test/shop.git at main',
      { trees: { resolve: () => Promise.reject(failure('SourceAuthDenied', 'no login')) } },
    ],
    [
      'PushDenied',
      'registry: push to registry.test/shop/api',
      {
        registry: {
          checkPush: () => Promise.reject(failure('PushDenied', 'no login')),
          resolve: async () => 'sha256:3',
        },
      },
    ],
    [
      'BaseImageDenied',
      'image registry.test/proxy:1',
      {
        registry: {
          checkPush: async () => {},
          resolve: () => Promise.reject(failure('BaseImageDenied', 'no login')),
        },
      },
    ],
  ])('says of %s what to do', async (type, name, changes) => {
    const diagnose = createDiagnoseSource(dependencies(changes));
    const { checks } = await diagnose({
      sources: [source],
      repositories: [repository],
      buildSecrets: [],
      images: [existing],
    });
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([
      {
        name,
        status: 'failed',
        detail: expect.stringMatching(new RegExp(`^${type}: `)),
        remedy: failurePolicies[type as 'PushDenied'].hint,
      },
    ]);
  });

  test('asks the server of a source that names its commit', async () => {
    const asked: string[] = [];
    const trees = {
      resolve: async ({ ref }: { readonly ref: string }) => {
        asked.push(ref);
        return 'c'.repeat(40);
      },
    };
    const atCommit = { ...source, ref: 'd'.repeat(40) };
    const diagnose = createDiagnoseSource(dependencies({ trees }));
    await diagnose({ sources: [atCommit], repositories: [], buildSecrets: [] });
    expect(asked).toEqual(['HEAD']);
  });

  test.each([
    ['build Secret npm, key npmrc', { buildSecrets: [{ secret: 'npm', key: 'npmrc' }] }],
    ['pull Secret npm', { pullSecrets: ['npm'] }],
  ])('finds that there is no %s', async (name, needs) => {
    const absent = () => Promise.reject(failure('SecretNotFound', 'there is no Secret npm'));
    const secrets = { requireBuildUse: absent, requireRegistryUse: absent };
    const diagnose = createDiagnoseSource(dependencies({ secrets }));
    const { checks } = await diagnose({ ...none, ...needs });
    expect(checks.at(-1)).toMatchObject({
      name,
      status: 'failed',
      detail: 'SecretNotFound: there is no Secret npm',
    });
  });

  test('finds that the registry has not an image', async () => {
    const registry = { checkPush: async () => {}, resolve: async () => null };
    const diagnose = createDiagnoseSource(dependencies({ registry }));
    const { checks } = await diagnose({ ...none, images: [existing] });
    expect(checks.at(-1)).toMatchObject({
      name: 'image registry.test/proxy:1',
      status: 'failed',
      detail: 'the registry has no such image',
    });
  });

  test.each([
    ['loses what it was given', null, 'is not there'],
    ['changes what it was given', Buffer.from('other'), 'other content'],
  ])('finds a store that %s', async (_, content, words) => {
    const { store: whole } = dependencies();
    const store = { ...whole, get: async () => content };
    const { checks } = await createDiagnoseSource(dependencies({ store }))(none);
    expect(checks[0]).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining(words),
    });
  });

  test.each<[string, boolean | null, string]>([
    ['warns where nothing in the bucket expires', false, 'warning'],
    ['finds nothing where something does', true, 'ok'],
    ['finds nothing where it may not ask', null, 'ok'],
  ])('%s', async (_what, lifecycle, status) => {
    const store = { ...dependencies().store, hasLifecycle: async () => lifecycle };
    const { checks } = await createDiagnoseSource(dependencies({ store }))(none);
    const found = checks.find(({ name }) => name === 'object store: lifecycle');
    expect(found).toMatchObject({ status });
    expect(found?.remedy ?? '').toContain(
      status === 'warning' ? 'deploy/store-lifecycle.json' : '',
    );
  });

  test('warns of a builder without an image, by the setting that names it', async () => {
    const settings = {
      ...dependencies().settings,
      builderImages: { kaniko: null, buildah: 'buildah@sha256:2' },
      defaultBuilder: 'buildah',
    } as const;
    const { checks } = await createDiagnoseSource(dependencies({ settings }))(none);
    expect(checks[2]).toMatchObject({
      name: 'builder images',
      status: 'warning',
      remedy: expect.stringContaining('SLIPWAY_KANIKO_IMAGE'),
    });
  });

  test('tries the git that sources are fetched with', async () => {
    const git = join(workDirectory, 'git');
    await writeFile(git, '#!/bin/sh\necho git version 9.8.7\n', { mode: 0o755 });
    const settings = { ...dependencies().settings, gitPath: [workDirectory] };
    const { checks } = await createDiagnoseSource(dependencies({ settings }))(none);
    expect(checks[3]).toMatchObject({ name: 'git', status: 'ok', detail: 'version 9.8.7' });
  });

  test('shows no password of a URL', async () => {
    const withPassword = { git: 'https://me:geheim@git.test/shop.git', ref: 'main' };
    const diagnose = createDiagnoseSource(dependencies());
    const text = JSON.stringify(await diagnose({ ...none, sources: [withPassword] }));
    expect(text).toContain('git.test/shop.git');
    expect(text).not.toContain('geheim');
  });
});

describe('a worker with Pods', () => {
  const { kaniko, buildah } = {
    kaniko: 'e.com/kaniko@sha256:1',
    buildah: 'e.com/buildah@sha256:2',
  };
  const settings = { ...minimalRequest.settings, builderImages: { kaniko, buildah } };
  const accessReviews = { refusal: async () => null };
  const pods = { try: async () => {} };

  test('has every right that it needs', async () => {
    const { checks } = await createDiagnosePods({ accessReviews, pods, settings })();
    expect(checks).toHaveLength(neededAccess.length + 2);
    expect(checks.every(({ status }) => status === 'ok')).toBe(true);
  });

  test('names the right that it lacks', async () => {
    const { checks } = await createDiagnosePods({
      accessReviews: {
        refusal: async ({ resource, subresource }, namespace) =>
          resource === 'pods' && subresource === 'log' ? `no rule in ${namespace}` : null,
      },
      pods,
      settings,
    })();
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([
      {
        name: 'Kubernetes: get pods/log in namespace builds',
        status: 'failed',
        detail: 'not allowed (needed for logs of builds): no rule in builds',
        remedy: expect.stringContaining('deploy/base'),
      },
    ]);
  });
});

describe('a Pod of each builder', () => {
  const settings = {
    ...minimalRequest.settings,
    builderImages: { kaniko: null, buildah: 'e.com/buildah@sha256:2' },
  };
  const accessReviews = { refusal: async () => null };

  async function trial(answer: (pod: V1Pod) => Promise<void>) {
    const { checks } = await createDiagnosePods({
      accessReviews,
      pods: { try: answer },
      settings,
    })();
    return checks.slice(neededAccess.length);
  }

  test('that has an image is tried, in the form that builds have', async () => {
    const tried: V1Pod[] = [];
    const checks = await trial(async (pod) => void tried.push(pod));
    expect(checks).toEqual([
      {
        name: 'Kubernetes: a Pod of buildah in namespace builds',
        status: 'ok',
        detail: 'would be taken',
        remedy: null,
      },
    ]);
    const [pod] = tried;
    expect(pod?.spec?.containers[0]?.image).toBe('e.com/buildah@sha256:2');
    expect(pod?.metadata?.name).toMatch(/^bld-doctor-buildah-/);
  });

  test.each([
    ['PodRejected', 'failed'],
    ['ClusterUnavailable', 'failed'],
    ['QuotaExceeded', 'warning'],
  ] as const)('that the cluster does not take: %s', async (type, status) => {
    const refusing = () => Promise.reject(failure(type, 'no room for it'));
    expect(await trial(refusing)).toEqual([
      expect.objectContaining({
        status,
        detail: expect.stringContaining('no room for it') as string,
        remedy: failurePolicies[type].hint,
      }),
    ]);
  });
});

describe('access reviews', () => {
  type Api = Pick<AuthorizationV1Api, 'createSelfSubjectAccessReview'>;
  const [needed] = neededAccess;
  if (needed === undefined) throw new TypeError('no access is needed');

  const answering = (status: object | undefined): Api => ({
    createSelfSubjectAccessReview: async ({ body }) => ({ spec: body.spec, status }) as never,
  });

  test.each<[object | undefined, string | null]>([
    [{ allowed: true }, null],
    [{ allowed: false, reason: 'no rule' }, 'no rule'],
    [{ allowed: false }, ''],
    [undefined, ''],
  ])('%j means %j', async (status, refusal) => {
    const reviews = createKubernetesAccessReviews(answering(status));
    expect(await reviews.refusal(needed, 'builds')).toBe(refusal);
  });

  test('an API that is away is ClusterUnavailable', async () => {
    const reviews = createKubernetesAccessReviews({
      createSelfSubjectAccessReview: () =>
        Promise.reject(new ApiException(503, 'away', undefined, {})),
    });
    await expect(reviews.refusal(needed, 'builds')).rejects.toMatchObject({
      type: 'ClusterUnavailable',
    });
  });
});
