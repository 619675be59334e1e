import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  refuseMovedImage,
  refusePublishedVersion,
  type RenderedInputs,
} from '../../../activities/package/published-version.ts';
import { writeArchive } from '../../../activities/package/archive.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { builtContainer, commit, digestOf, existingContainer, otherCommit } from './fixtures.ts';
import { publishApplication, type Published } from './published.ts';

const object = 'components/shop/api/1.4.0.zip';
const server = builtContainer('server', { carried: { env: ['DB_URL'] } });
const same: RenderedInputs = {
  identity: { application: 'shop', component: 'api', version: '1.4.0' },
  container: server,
  commit,
  inputDigest: digestOf('inputs server a'),
  unchanged: null,
};

let shop: Published;
let reads: string[];
beforeAll(async () => {
  shop = await publishApplication();
});
beforeEach(() => {
  reads = [];
});

function refuse(changes: Partial<RenderedInputs> = {}, store = shop.store): Promise<void> {
  const counting = {
    get: (key: string) => {
      reads.push(key);
      return store.get(key);
    },
  };
  return refusePublishedVersion(counting, { ...same, ...changes });
}

describe('refusePublishedVersion', () => {
  it.each<[string, Partial<RenderedInputs>]>([
    ['the same inputs', {}],
    ['the same inputs and image', { unchanged: digestOf('image server a') }],
    ['an init container', initContainer()],
    ['a version that nobody has published', { identity: { ...same.identity, version: '2' } }],
    ['a component that nobody has published', { identity: { ...same.identity, component: 'x' } }],
  ])('lets %s go on', async (_, changes) => {
    await expect(refuse(changes)).resolves.toBeUndefined();
  });

  it('does not ask the store for a derived version', async () => {
    await refuse({ identity: { ...same.identity, version: null }, inputDigest: 'other' });
    expect(reads).toEqual([]);
  });

  it('asks once for a version', async () => {
    await refuse({ identity: { ...same.identity, version: '2' } });
    await refuse();
    expect(reads).toEqual(['components/shop/api/2.zip', object]);
  });

  it.each<[string, Partial<RenderedInputs>, string]>([
    [
      'inputs',
      { inputDigest: digestOf('changed') },
      `server: input digest published ${digestOf('inputs server a')}, now ${digestOf('changed')}`,
    ],
    ['commit', { commit: otherCommit }, `server: commit published ${commit}, now ${otherCommit}`],
    [
      'repository',
      { container: { ...server, repository: 'e.com/x' } },
      'server: repository published registry.example.com/shop/api-server, now e.com/x',
    ],
    [
      'image of the same inputs',
      { unchanged: digestOf('again') },
      `server: image published ${digestOf('image server a')}, now ${digestOf('again')}`,
    ],
    ['name', { container: builtContainer('new') }, 'new: published without this container'],
  ])('refuses another %s and says what was there', async (_, changes, difference) => {
    await expect(refuse(changes)).rejects.toMatchObject({
      type: 'VersionExists',
      nonRetryable: true,
      message: `${object} has been published with other content: ${difference}`,
    });
  });

  it('names everything that differs', async () => {
    const container = { ...server, repository: 'e.com/x' };
    await expect(refuse({ container, commit: otherCommit })).rejects.toThrow(
      /: commit .*; .*: repository /,
    );
  });

  it.each([
    ['no archive', async () => Buffer.from('text')],
    ['an archive of something else', async () => writeArchive([])],
    [
      'a description that is none',
      async () => writeArchive([{ path: 'component.json', content: Buffer.from('{}') }]),
    ],
  ])('refuses a version whose place holds %s', async (_, content) => {
    const store = createInMemoryObjectStore();
    store.objects.set(object, await content());
    await expect(refuse({}, store)).rejects.toMatchObject({
      type: 'VersionExists',
      message: expect.stringContaining('no component package') as string,
    });
  });

  it('does not take a store that is away for an answer', async () => {
    const store = createInMemoryObjectStore();
    store.get = () => Promise.reject(failure('StorageUnavailable', 'down'));
    await expect(refuse({}, store)).rejects.toMatchObject({ type: 'StorageUnavailable' });
  });
});

describe('refuseMovedImage', () => {
  const container = existingContainer('proxy', 'registry.example.com/proxy:2');
  const published = `registry.example.com/proxy:2@${digestOf('image proxy a')}`;
  const refuseMoved = (image: string, version: string | null = '1.4.0'): Promise<void> =>
    refuseMovedImage(shop.store, { identity: { ...same.identity, version }, container, image });

  it('lets the image go on that is published, and any image of another version', async () => {
    await expect(refuseMoved(published)).resolves.toBeUndefined();
    await expect(refuseMoved('e.com/x@sha256:1', '2')).resolves.toBeUndefined();
    await expect(refuseMoved('e.com/x@sha256:1', null)).resolves.toBeUndefined();
  });

  it('refuses the image that a moved tag names now', async () => {
    const moved = `registry.example.com/proxy@${digestOf('moved')}`;
    await expect(refuseMoved(moved)).rejects.toMatchObject({
      type: 'VersionExists',
      message: `${object} has been published with other content: proxy: image published ${published}, now ${moved}`,
    });
  });
});

function initContainer(): Partial<RenderedInputs> {
  return {
    container: builtContainer('migrate', { init: true }),
    inputDigest: digestOf('inputs migrate a'),
  };
}
