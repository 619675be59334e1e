import { describe, expect, test } from 'vitest';
import type { Registry } from '../../../activities/registry/registry.ts';
import { createVerifyExistingImage } from '../../../activities/registry/verify-existing-image.ts';
import { createVerifyImage } from '../../../activities/registry/verify-image.ts';
import { failure } from '../../../workflows/contract/failures.ts';

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
    async tag(name, tagged, tag, secret) {
      calls.push(`tag ${name} ${tagged} ${tag} ${secret}`);
      if (tag === 'immutable') throw failure('TagImmutable', 'no');
    },
  };
  return { registry, calls };
}

describe('verifyImage', () => {
  test('proves the digest at the registry itself, then sets the tags in order', async () => {
    const { registry, calls } = registryWith({ [`${repository}@${digest}`]: digest });
    const verify = createVerifyImage({ registry });
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
    const verify = createVerifyImage({ registry });
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
    const verify = createVerifyImage({ registry });
    await expect(
      verify({ repository, digest, tags: ['immutable', 'latest'], secret: null }),
    ).rejects.toMatchObject({ type: 'TagImmutable' });
    expect(calls).toHaveLength(2);
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
    const verify = createVerifyExistingImage({ registry });
    expect(await verify({ container: container(image) })).toEqual({ image: expected, digest });
    expect(calls).toEqual([`resolve ${image} pull`]);
  });

  test.each([
    [`${repository}:absent`, 'BaseImageNotFound'],
    ['Not An Image', 'InvalidDefinition'],
  ])('%s is %s', async (image, type) => {
    const verify = createVerifyExistingImage({ registry: registryWith({}).registry });
    await expect(verify({ container: container(image) })).rejects.toMatchObject({
      type,
      message: expect.stringContaining('proxy'),
    });
  });
});
