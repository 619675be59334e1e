import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inputsObject,
  readInputs,
  recordedInputs,
  writeInputs,
  type RenderedInputs,
} from '../../../activities/dockerfile/recorded-inputs.ts';
import type { RecordedInputs } from '../../../workflows/contract/activities.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';

const rendered: RenderedInputs = {
  commit: 'c1',
  context: { object: 'contexts/x.tar.gz', digest: 'sha256:x', size: 1 },
  container: { templateArgs: { base: 'debian:12', slim: true, tools: ['a', 'b'] } },
  dockerfile: 'FROM debian:12\n',
  bases: [{ name: 'debian:12', digest: 'sha256:b' }],
  builder: { name: 'kaniko', image: 'e.com/kaniko@sha256:k' },
  inputDigest: 'sha256:i',
  image: {
    contextDigest: 'sha256:x',
    dockerfile: 'FROM debian@sha256:b\n',
    buildArgs: { MODE: 'release' },
    target: null,
    platform: 'linux/amd64',
    reproducible: true,
    builder: 'kaniko',
    builderImage: 'e.com/kaniko@sha256:k',
    builderFlags: [],
  },
};
const object = 'inputs/shop/api/server.json';

/** The record of what was rendered, with these build arguments. */
function withArguments(buildArgs: Readonly<Record<string, string>>): RecordedInputs {
  return recordedInputs({ ...rendered, image: { ...rendered.image, buildArgs } });
}

describe('recordedInputs', () => {
  it('tells arguments apart, and has the Dockerfile as it was before it was pinned', () => {
    expect(recordedInputs(rendered)).toEqual({
      inputDigest: 'sha256:i',
      commit: 'c1',
      context: 'sha256:x',
      dockerfile: 'sha256:89c354c6a7d7d29fd6b01d527cdc9832aae244b1727da1521ad792cd69ee2be5',
      arguments: {
        MODE: 'release',
        'templateArgs.base': 'debian:12',
        'templateArgs.slim': 'true',
        'templateArgs.tools': '["a","b"]',
      },
      bases: rendered.bases,
      builder: rendered.builder,
      settings: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    });
  });

  it.each([
    [{ target: 'runtime' }, true],
    [{ reproducible: false }, true],
    [{ platform: 'linux/arm64' }, true],
    [{ builderFlags: ['--x'] }, true],
    [{ contextDigest: 'sha256:y' }, false],
    [{ dockerfile: 'FROM scratch' }, false],
    [{ buildArgs: {} }, false],
    [{ builder: 'buildah' as const, builderImage: 'e.com/b@sha256:b' }, false],
  ])('of %o, other settings: %s', (change, differs) => {
    const { settings } = recordedInputs({
      ...rendered,
      image: { ...rendered.image, ...change },
    });
    expect(settings !== recordedInputs(rendered).settings).toBe(differs);
  });

  it('keeps long arguments as their digests where they would be too much', () => {
    const long = 'x'.repeat(40_000);
    const record = withArguments({ LONG: long, MODE: 'release' });
    expect(record.arguments).toMatchObject({
      LONG: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      MODE: 'release',
    });
    expect(withArguments({ LONG: `${long}y` }).arguments['LONG']).not.toBe(
      record.arguments['LONG'],
    );
  });

  it('is one digest of all arguments and bases where they are too many', () => {
    const buildArgs = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`A${index}`, 'value']),
    );
    const record = withArguments(buildArgs);
    expect(Object.keys(record.arguments)).toEqual(['*']);
    expect(record.bases).toHaveLength(1);
    const turned = Object.fromEntries(Object.entries(buildArgs).toReversed());
    expect(withArguments(turned)).toEqual(record);
    expect(withArguments({ ...buildArgs, A0: 'other' }).arguments).not.toEqual(record.arguments);
  });

  it('fits into 32 KiB', () => {
    const names = fc.stringMatching(/^[A-Z]{1,8}$/);
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.nat(60_000), { maxKeys: 30 }),
        fc.nat(600),
        (lengths, count) => {
          const values = Object.entries(lengths).map(([name, length]) => [
            name,
            'é'.repeat(length),
          ]);
          const bases = Array.from({ length: count }, (_, index) => ({
            name: `org/image-${index}`,
            digest: `sha256:${'0'.repeat(64)}`,
          }));
          const record = recordedInputs({
            ...rendered,
            bases,
            image: {
              ...rendered.image,
              buildArgs: Object.fromEntries(values) as Record<string, string>,
            },
          });
          expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThanOrEqual(32 * 1024);
        },
      ),
    );
  });
});

it('has one object for each container', () => {
  expect(inputsObject({ application: 'shop', component: 'api' }, 'server')).toBe(object);
});

describe('readInputs', () => {
  it('reads what was written', async () => {
    const store = createInMemoryObjectStore();
    const inputs = recordedInputs(rendered);
    await writeInputs(store, { object, inputs });
    expect(await readInputs(store, object)).toEqual(inputs);
  });

  it.each([
    ['nothing', null],
    ['no JSON', 'x'],
    ['another version', '{"commit":"c"}'],
    ['an unknown builder', { ...recordedInputs(rendered), builder: { name: 'x', image: 'y' } }],
  ])('knows nothing of %s', async (_, content) => {
    const store = createInMemoryObjectStore();
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    if (content !== null) store.objects.set(object, Buffer.from(text));
    expect(await readInputs(store, object)).toBeNull();
  });

  it('does not take a store that is away for one that is empty', async () => {
    const get = async () => {
      throw failure('StorageUnavailable', 'away');
    };
    await expect(readInputs({ get }, object)).rejects.toMatchObject({ type: 'StorageUnavailable' });
  });
});
