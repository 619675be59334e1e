import { afterEach, describe, expect, test } from 'vitest';
import type { Registry } from '../../../activities/registry/registry.ts';
import { createVerifyExistingImage } from '../../../activities/registry/verify-existing-image.ts';
import { createVerifyImage } from '../../../activities/registry/verify-image.ts';
import type { InputsRecord } from '../../../workflows/contract/activities.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { publishApplication } from '../package/published.ts';

const digest = `sha256:${'a1'.repeat(32)}`;
const repository = 'registry.example.com/shop/api';

/** A registry that knows some references; what is asked of it is recorded. */
function registryWith(known: Readonly<Record<string, string>>) {
  const calls: string[] = [];
  const look = (kind: string) => async (reference: string, secret: string | null) => {
    calls.push(`${kind} ${reference} ${secret}`);
    return known[reference] ?? null;
  };
  const registry: Registry = {
    resolve: look('resolve'),
    resolvePushed: look('resolvePushed'),
    checkPush: async () => undefined,
    async tag(name, tagged, tag, secret) {
      calls.push(`tag ${name} ${tagged} ${tag} ${secret}`);
      if (tag === 'immutable') throw failure('TagImmutable', 'no');
    },
  };
  return { registry, calls };
}

const record: InputsRecord = {
  object: 'inputs/shop/api/server.json',
  inputs: {
    inputDigest: 'sha256:i',
    commit: 'c',
    context: 'sha256:x',
    dockerfile: 'sha256:d',
    arguments: { MODE: 'release' },
    bases: [{ name: 'debian:12', digest: 'sha256:b' }],
    builder: { name: 'kaniko', image: 'e.com/kaniko@sha256:k' },
    settings: 'sha256:s',
  },
};

describe('verifyImage', () => {
  const store = createInMemoryObjectStore();
  afterEach(() => store.objects.clear());

  test('proves the digest at the registry itself, then sets the tags in order', async () => {
    const { registry, calls } = registryWith({ [`${repository}@${digest}`]: digest });
    const verify = createVerifyImage({ registry, store });
    expect(await verify({ repository, digest, tags: ['1.0', 'latest'], secret: 'push' })).toEqual({
      image: `${repository}@${digest}`,
    });
    expect(calls).toEqual([
      `resolvePushed ${repository}@${digest} push`,
      `tag ${repository} ${digest} 1.0 push`,
      `tag ${repository} ${digest} latest push`,
    ]);
  });

  test('sets no tag when the registry does not have the digest', async () => {
    const { registry, calls } = registryWith({});
    const verify = createVerifyImage({ registry, store });
    await expect(
      verify({ repository, digest, tags: ['latest'], secret: null }),
    ).rejects.toMatchObject({
      type: 'DigestMismatch',
      message: expect.stringContaining(`${repository}@${digest}`),
    });
    expect(calls).toHaveLength(1);
  });

  test('stops at a tag that is refused', async () => {
    const { registry, calls } = registryWith({ [`${repository}@${digest}`]: digest });
    const verify = createVerifyImage({ registry, store });
    await expect(
      verify({ repository, digest, tags: ['immutable', 'latest'], secret: null }),
    ).rejects.toMatchObject({ type: 'TagImmutable' });
    expect(calls).toHaveLength(2);
  });

  test('keeps what a proved image was built from, also when a tag of it is refused', async () => {
    const { registry } = registryWith({ [`${repository}@${digest}`]: digest });
    const verify = createVerifyImage({ registry, store });
    await verify({ repository, digest, tags: [], secret: null, record });
    const kept = () => store.objects.get(record.object)?.toString();
    expect(kept()).toBe(JSON.stringify(record.inputs));

    const other = { ...record, inputs: { ...record.inputs, commit: 'e' } };
    await expect(
      verify({ repository, digest, tags: ['immutable'], secret: null, record: other }),
    ).rejects.toMatchObject({ type: 'TagImmutable' });
    expect(kept()).toBe(JSON.stringify(other.inputs));
  });

  test('keeps nothing of an image that the registry does not have, nor where nothing is asked', async () => {
    const unproved = createVerifyImage({ registry: registryWith({}).registry, store });
    await expect(
      unproved({ repository, digest, tags: [], secret: null, record }),
    ).rejects.toMatchObject({ type: 'DigestMismatch' });
    const { registry } = registryWith({ [`${repository}@${digest}`]: digest });
    await createVerifyImage({ registry, store })({ repository, digest, tags: [], secret: null });
    expect(store.objects.size).toBe(0);
  });
});

describe('verifyExistingImage', () => {
  const container = (image: string) => ({
    kind: 'existing' as const,
    name: 'proxy',
    init: false,
    carried: {},
    pullSecret: 'pull',
    image,
  });

  test.each([
    ['debian:12', `docker.io/library/debian@${digest}`],
    [`${repository}@${digest}`, `${repository}@${digest}`],
    [`${repository}:1.0`, `${repository}@${digest}`],
  ])('%s becomes %s', async (image, expected) => {
    const { registry, calls } = registryWith({ [image]: digest });
    const verify = createVerifyExistingImage({ registry, store: createInMemoryObjectStore() });
    expect(await verify({ container: container(image) })).toEqual({ image: expected, digest });
    expect(calls).toEqual([`resolve ${image} pull`]);
  });

  test.each([
    [`${repository}:absent`, 'BaseImageNotFound'],
    ['Not An Image', 'InvalidDefinition'],
  ])('%s is %s', async (image, type) => {
    const { registry } = registryWith({});
    const verify = createVerifyExistingImage({ registry, store: createInMemoryObjectStore() });
    await expect(verify({ container: container(image) })).rejects.toMatchObject({
      type,
      message: expect.stringContaining('proxy'),
    });
  });

  test('an image that is another than the version was published with is VersionExists', async () => {
    const image = 'registry.example.com/proxy:2';
    const { store } = await publishApplication({ version: '1.4.0' });
    const verify = createVerifyExistingImage({
      registry: registryWith({ [image]: digest }).registry,
      store,
    });
    const identity = { application: 'shop', component: 'api', version: '1.4.0' };
    await expect(verify({ container: container(image), identity })).rejects.toMatchObject({
      type: 'VersionExists',
      message: expect.stringContaining(`now registry.example.com/proxy@${digest}`),
    });
  });
});
