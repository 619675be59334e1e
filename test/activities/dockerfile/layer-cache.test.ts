import { describe, expect, it } from 'vitest';
import {
  layerCacheUse,
  type LayerCacheInputs,
} from '../../../activities/dockerfile/layer-cache.ts';

const repository = 'cache.example.com/layers';
const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;

const inputs: LayerCacheInputs = {
  container: {
    cache: { repository },
    buildArgs: { MODE: 'release' },
    builderFlags: [],
    reproducible: true,
    dockerfile: 'Dockerfile',
  },
  builder: { name: 'buildah', image: `e.com/buildah@${digestOf('a')}` },
  dockerfile: `FROM debian@${digestOf('b')}\nARG MODE=debug\nRUN make\nCOPY . /srv\n`,
};

function change(
  container: Partial<LayerCacheInputs['container']>,
  more: Partial<LayerCacheInputs> = {},
): LayerCacheInputs {
  return { ...inputs, ...more, container: { ...inputs.container, ...container } };
}
const withText = (dockerfile: string) => change({}, { dockerfile });

describe('layerCacheUse', () => {
  it('is nothing where none is wanted', () => {
    const { cache: _, ...container } = inputs.container;
    expect(layerCacheUse({ ...inputs, container })).toEqual({
      repository: null,
      layered: false,
      warning: null,
    });
  });

  it('is the repository itself with Kaniko, whose layers are the same without it', () => {
    const builder = { name: 'kaniko', image: 'k' } as const;
    expect(layerCacheUse({ ...inputs, builder })).toEqual({
      repository,
      layered: false,
      warning: null,
    });
  });

  it('is a repository below it with Buildah, and a layer for each instruction', () => {
    expect(layerCacheUse(inputs)).toEqual({
      repository: expect.stringMatching(/^cache\.example\.com\/layers\/[0-9a-f]{16}$/),
      layered: true,
      warning: null,
    });
  });

  it.each<[string, LayerCacheInputs]>([
    ['a value of an argument', change({ buildArgs: { MODE: 'debug' } })],
    ['an argument’s default', withText(inputs.dockerfile.replace('debug', 'other'))],
    ['a base', withText(inputs.dockerfile.replace(digestOf('b'), digestOf('c')))],
    ['the builder', change({}, { builder: { name: 'buildah', image: `b@${digestOf('d')}` } })],
    ['a flag of the builder', change({ builderFlags: ['--annotation=a=b'] })],
    ['the time in the image', change({ reproducible: false })],
  ])('Buildah’s keys do not tell %s: the repository does', (_what, other) => {
    expect(layerCacheUse(other).repository).not.toBe(layerCacheUse(inputs).repository);
  });

  it.each<[string, LayerCacheInputs]>([
    ['an instruction', withText(inputs.dockerfile.replace('make', 'make all'))],
    ['a comment', withText(`# hello\n${inputs.dockerfile}`)],
    [
      'the builder’s registry',
      change({}, { builder: { name: 'buildah', image: `mirror/b@${digestOf('a')}` } }),
    ],
  ])('is the same after a change of %s: what did not change is found again', (_what, other) => {
    expect(layerCacheUse(other).repository).toBe(layerCacheUse(inputs).repository);
  });

  it.each([
    '--mount=type=bind,source=.,target=/src',
    '--mount=target=/src',
    '--mount=type=cache,from=base,target=/c',
    '--mount=type=$KIND,target=/c',
    '--mount=type=secret,id=a --mount=type=bind,target=/src',
  ])('is refused by Buildah for RUN %s, whose files are in no key', (flags) => {
    const { dockerfile } = inputs;
    expect(layerCacheUse(withText(`${dockerfile}RUN ${flags} make\n`))).toEqual({
      repository: null,
      layered: false,
      warning: expect.stringMatching(/^Dockerfile:5: RUN --mount of files: /),
    });
  });

  it.each(['--mount=type=secret,id=a', '--mount=type=cache,target=/root/.cache', '--network=none'])(
    'is used for RUN %s',
    (flags) => {
      expect(layerCacheUse(withText(`FROM a\nRUN ${flags} make\n`))).toMatchObject({
        layered: true,
      });
    },
  );
});
