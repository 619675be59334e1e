import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Registry } from '../../activities/registry/registry.ts';
import { chooseBuilders } from '../../worker/builders.ts';
import { SettingsError } from '../../worker/config.ts';
import { createInMemoryRegistry } from '../support/in-memory-registry.ts';

const kanikoImage = 'ghcr.io/osscontainertools/kaniko:v1.28.3';
const digest = `sha256:${'a'.repeat(64)}`;
const kaniko = `ghcr.io/osscontainertools/kaniko@${digest}`;
const buildahImage = 'registry.test:5000/buildah';
const buildah = `${buildahImage}@${digest}`;

type Choice = Parameters<typeof chooseBuilders>[0];

function choose(changes: Partial<Choice>, served: readonly string[], registry?: Registry) {
  const known = createInMemoryRegistry();
  for (const reference of served) known.images.set(reference, digest);
  const settings: Choice = {
    SLIPWAY_BUILDER: 'auto',
    SLIPWAY_KANIKO_IMAGE: kanikoImage,
    SLIPWAY_BUILDAH_IMAGE: undefined,
    ...changes,
  };
  return chooseBuilders(settings, registry ?? known);
}
const withBuildah = { SLIPWAY_BUILDAH_IMAGE: buildahImage };

describe('the default builder', () => {
  test.each<[string, Partial<Choice>, readonly string[], string]>([
    ['is Kaniko where its image is served', {}, [kanikoImage], 'kaniko'],
    ['is Kaniko where both are', withBuildah, [kanikoImage, buildahImage], 'kaniko'],
    ['is Buildah where only that is', withBuildah, [buildahImage], 'buildah'],
    [
      'is the one asked for',
      { ...withBuildah, SLIPWAY_BUILDER: 'buildah' },
      [kanikoImage, buildahImage],
      'buildah',
    ],
  ])('%s', async (_what, settings, served, expected) => {
    expect((await choose(settings, served)).defaultBuilder).toBe(expected);
  });

  test.each<[string, Partial<Choice>, readonly string[]]>([
    ['no image is served', withBuildah, []],
    ['Buildah has no image', { SLIPWAY_BUILDER: 'buildah' }, [kanikoImage]],
    [
      'the one asked for is not served',
      { ...withBuildah, SLIPWAY_BUILDER: 'kaniko' },
      [buildahImage],
    ],
  ])('is missed where %s', async (_what, settings, served) => {
    const choice = choose(settings, served);
    await expect(choice).rejects.toThrow(SettingsError);
    const wanted = settings.SLIPWAY_BUILDER ?? 'buildah';
    await expect(choice).rejects.toThrow(
      `no image for the default builder ${wanted}: set SLIPWAY_`,
    );
  });
});

describe('builder images', () => {
  test('are pinned; the tag goes, the registry’s port stays', async () => {
    const { builderImages } = await choose(withBuildah, [kanikoImage, buildahImage]);
    expect(builderImages).toEqual({ kaniko, buildah });
  });

  test('that have a digest are taken as they are, unasked', async () => {
    const registry = createInMemoryRegistry();
    const image = `quay.test/kaniko:v1@${digest}`;
    const { builderImages } = await choose({ SLIPWAY_KANIKO_IMAGE: image }, [], registry);
    expect(builderImages).toEqual({ kaniko: image, buildah: null });
    expect(registry.asked).toEqual([]);
  });

  test('whose registry fails are left out', async () => {
    const failing = {
      ...createInMemoryRegistry(),
      resolve: async (reference: string) => {
        if (reference === kanikoImage) throw new Error('no route to host');
        return digest;
      },
    };
    expect(await choose(withBuildah, [], failing)).toEqual({
      defaultBuilder: 'buildah',
      builderImages: { kaniko: null, buildah },
    });
  });

  describe('with time', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    test('are left out where the registry does not answer', async () => {
      const silent = {
        ...createInMemoryRegistry(),
        resolve: (reference: string) =>
          reference === kanikoImage ? new Promise<never>(() => {}) : Promise.resolve(digest),
      };
      const choice = choose(withBuildah, [], silent);
      await vi.advanceTimersByTimeAsync(5_000);
      expect((await choice).builderImages).toEqual({ kaniko: null, buildah });
    });
  });
});
