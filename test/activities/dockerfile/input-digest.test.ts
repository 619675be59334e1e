import * as fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import {
  encodeInputs,
  inputDigest,
  type ImageInputs,
} from '../../../activities/dockerfile/input-digest.ts';

// Property tests take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const inputs: ImageInputs = {
  contextDigest: 'sha256:c',
  dockerfile: 'FROM a',
  buildArgs: { A: '1', B: '2' },
  target: null,
  platform: 'linux/amd64',
  reproducible: true,
  builder: 'kaniko',
  builderImage: 'e.com/kaniko@sha256:k',
  builderFlags: ['--use-new-run'],
};

describe('inputDigest', () => {
  it('stays as released versions have it: registries remember it', () => {
    expect(inputDigest(inputs)).toMatchInlineSnapshot(
      `"sha256:5d031b13100297bc5d86dc3114dc23e9029f3ad2ee5ed377febe0b0940456da7"`,
    );
  });

  it.each<[keyof ImageInputs, Partial<ImageInputs>]>([
    ['contextDigest', { contextDigest: 'sha256:d' }],
    ['dockerfile', { dockerfile: 'FROM b' }],
    ['buildArgs', { buildArgs: { A: '1' } }],
    ['target', { target: '' }],
    ['platform', { platform: 'linux/arm64' }],
    ['reproducible', { reproducible: false }],
    ['builder', { builder: 'buildah' }],
    ['builderImage', { builderImage: 'e.com/kaniko@sha256:l' }],
    ['builderFlags', { builderFlags: [] }],
    ['secretIds', { secretIds: ['npmrc'] }],
    ['layered', { layered: true }],
  ])('depends on %s', (_, change) => {
    expect(inputDigest({ ...inputs, ...change })).not.toBe(inputDigest(inputs));
  });

  it('depends on the builder image’s digest, not on where it is pulled from', () => {
    const mirrored = { ...inputs, builderImage: 'mirror.example.com:5000/k@sha256:k' };
    expect(inputDigest(mirrored)).toBe(inputDigest(inputs));
  });

  it('does not depend on the order of secrets, nor on there being a place for none', () => {
    const digestOf = (...secretIds: readonly string[]) => inputDigest({ ...inputs, secretIds });
    expect(digestOf('a', 'b')).toBe(digestOf('b', 'a'));
    expect(digestOf('a', 'b')).not.toBe(digestOf('a'));
    expect(inputDigest({ ...inputs, secretIds: [], layered: false })).toBe(inputDigest(inputs));
  });

  it('does not depend on the order of build arguments', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), {
      selector: ([key]) => key,
    });
    fc.assert(
      fc.property(entries, fc.nat(), (pairs, turn) => {
        const at = pairs.length === 0 ? 0 : turn % pairs.length;
        const turned = [...pairs.slice(at), ...pairs.slice(0, at)].toReversed();
        expect(inputDigest({ ...inputs, buildArgs: Object.fromEntries(turned) })).toBe(
          inputDigest({ ...inputs, buildArgs: Object.fromEntries(pairs) }),
        );
      }),
    );
  });

  it('encodes no two inputs alike', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('', '"', ',', '",', '\\', '[]', 'null', 'A=1', '\ud800', '\ud801'),
    );
    const anyInputs = fc.record<ImageInputs>({
      contextDigest: text,
      dockerfile: text,
      buildArgs: fc.dictionary(text, text, { maxKeys: 3 }),
      target: fc.option(text),
      platform: text,
      reproducible: fc.boolean(),
      builder: fc.constantFrom('kaniko', 'buildah'),
      builderImage: text.filter((image) => !image.includes('@')),
      builderFlags: fc.array(text, { maxLength: 3 }),
      secretIds: fc.uniqueArray(text, { maxLength: 2 }).map((ids) => ids.toSorted()),
      layered: fc.boolean(),
    });
    fc.assert(
      fc.property(
        anyInputs,
        anyInputs,
        fc.constantFrom(...Object.keys(inputs), 'secretIds', 'layered'),
        (a, b, field) => {
          // Two inputs that differ in one field at most are the likeliest to collide.
          const near = { ...a, [field]: b[field as keyof ImageInputs] };
          for (const other of [b, near]) {
            const plain = (value: ImageInputs): unknown => ({
              ...value,
              buildArgs: { ...value.buildArgs },
            });
            expect(encodeInputs(a) === encodeInputs(other)).toBe(
              isDeepStrictEqual(plain(a), plain(other)),
            );
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
