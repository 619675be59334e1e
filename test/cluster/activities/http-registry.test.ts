import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fetch } from 'undici';
import { afterAll, expect, inject, test } from 'vitest';
import { createHttpRegistry } from '../../../activities/registry/http-registry.ts';
import { createVerifyImage } from '../../../activities/registry/verify-image.ts';
import { createKubernetesSecrets } from '../../../activities/support/kubernetes-secrets.ts';
import { createDispatcher } from '../../../activities/support/tls.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';

const { registry: local, caBundle } = inject('environment');
const { host } = local;
const authFile = readFileSync(local.authFile);
const dispatcher = createDispatcher(readFileSync(caBundle, 'utf8'));
afterAll(() => dispatcher.close());

/** The Secret as the environment makes it, without the way through Kubernetes. */
const secrets = createKubernetesSecrets({
  namespace: 'slipway',
  coreApi: {
    readNamespacedSecret: () =>
      Promise.resolve({
        metadata: {
          labels: { 'slipway/use': 'registry' },
          annotations: { 'slipway/hosts': host },
        },
        data: { '.dockerconfigjson': authFile.toString('base64') },
      }),
  },
});
const registry = createHttpRegistry({ secrets, dispatcher, mirrors: {}, plainHttpHosts: [] });

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Pushes an image without layers; returns its digest. */
async function push(repository: string, tag: string): Promise<string> {
  const login = await secrets.registryLogin('login', host);
  const authorization = `Basic ${Buffer.from(`${login?.username}:${login?.password}`).toString('base64')}`;
  const base = `https://${host}/v2/${repository}`;
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', tag });
  const begun = await fetch(`${base}/blobs/uploads/`, {
    method: 'POST',
    dispatcher,
    headers: { authorization },
  });
  const upload = new URL(begun.headers.get('location') ?? '', base);
  upload.searchParams.set('digest', digestOf(config));
  await fetch(upload, {
    method: 'PUT',
    dispatcher,
    headers: { authorization, 'content-type': 'application/octet-stream' },
    body: config,
  });
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [],
  });
  const pushed = await fetch(`${base}/manifests/${tag}`, {
    method: 'PUT',
    dispatcher,
    headers: { authorization, 'content-type': mediaType },
    body: manifest,
  });
  expect(pushed.status).toBe(201);
  return digestOf(manifest);
}

test('a pushed image is found by tag and digest, and others are not', async () => {
  const repository = `tests/${randomUUID()}`;
  const digest = await push(repository, 'in-1');
  for (const reference of [`${host}/${repository}:in-1`, `${host}/${repository}@${digest}`]) {
    expect(await registry.resolve(reference, 'login')).toBe(digest);
    expect(await registry.resolvePushed(reference, 'login')).toBe(digest);
  }
  expect(await registry.resolve(`${host}/${repository}:other`, 'login')).toBeNull();
  expect(await registry.resolve(`${host}/tests/none/${randomUUID()}:a`, 'login')).toBeNull();
  expect(
    await registry.resolvePushed(`${host}/${repository}@sha256:${'0'.repeat(64)}`, 'login'),
  ).toBeNull();
});

test('verifyImage sets tags by manifest, and moves them to the next image', async () => {
  const repository = `tests/${randomUUID()}`;
  const verify = createVerifyImage({ registry, store: createInMemoryObjectStore() });
  for (const tag of ['in-1', 'in-2']) {
    const digest = await push(repository, tag);
    const input = { repository: `${host}/${repository}`, digest, tags: ['1.0', 'latest'] };
    expect(await verify({ ...input, secret: 'login' })).toEqual({
      image: `${host}/${repository}@${digest}`,
    });
    expect(await registry.resolve(`${host}/${repository}:latest`, 'login')).toBe(digest);
  }
  await expect(
    verify({
      repository: `${host}/${repository}`,
      digest: `sha256:${'0'.repeat(64)}`,
      tags: ['latest'],
      secret: 'login',
    }),
  ).rejects.toMatchObject({ type: 'DigestMismatch' });
});

test('without a login the registry answers nothing', async () => {
  await expect(registry.resolve(`${host}/a:b`, null)).rejects.toMatchObject({
    type: 'BaseImageDenied',
  });
  await expect(
    registry.tag(`${host}/a`, `sha256:${'0'.repeat(64)}`, 'b', null),
  ).rejects.toMatchObject({ type: 'PushDenied' });
});
