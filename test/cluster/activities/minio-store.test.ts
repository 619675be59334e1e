import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fetch } from 'undici';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { createMinioStore } from '../../../activities/support/minio-store.ts';
import { createDispatcher } from '../../../activities/support/tls.ts';
import { parseSettings } from '../../../worker/config.ts';

const settings = parseSettings(inject('environment').settings);
const text = (path: string) => readFileSync(path, 'utf8').trim();
const caBundle = settings.SLIPWAY_CA_BUNDLE === undefined ? null : text(settings.SLIPWAY_CA_BUNDLE);
const store = createMinioStore({
  endpoint: settings.SLIPWAY_STORE_ENDPOINT,
  region: settings.SLIPWAY_STORE_REGION,
  bucket: settings.SLIPWAY_STORE_BUCKET,
  accessKey: text(settings.SLIPWAY_STORE_ACCESS_KEY_FILE),
  secretKey: text(settings.SLIPWAY_STORE_SECRET_KEY_FILE),
  caBundle,
});

const mebibyte = 1024 * 1024;
const freshKey = () => `tests/${randomUUID()}/object`;

/** Random, so that no part of it is another's: `count` chunks of 1 MiB. */
function megabytes(count: number): { readonly bytes: Buffer; readonly stream: Readable } {
  const bytes = randomBytes(count * mebibyte);
  const chunks = Array.from({ length: count }, (_, n) =>
    bytes.subarray(n * mebibyte, (n + 1) * mebibyte),
  );
  return { bytes, stream: Readable.from(chunks) };
}

describe('put', () => {
  test.each([0, 1, 15, 16, 17, 40])('stores a stream of %i MiB whole', async (count) => {
    const key = freshKey();
    const { bytes, stream } = megabytes(count);
    await store.put(key, stream, 'application/gzip');
    expect(await store.size(key)).toBe(bytes.length);
    expect((await store.get(key))?.equals(bytes)).toBe(true);
    expect(await store.list('uploads/')).toEqual([]);
  });

  test('two at once of one key leave one of the two, whole', async () => {
    const key = freshKey();
    const [one, two] = [megabytes(20), megabytes(20)];
    await Promise.all([
      store.put(key, one.stream, 'application/gzip'),
      store.put(key, two.stream, 'application/gzip'),
    ]);
    const stored = await store.get(key);
    expect(stored?.equals(one.bytes) || stored?.equals(two.bytes)).toBe(true);
  });

  test.each([1, 20])('a stream that breaks after %i MiB leaves nothing', async (count) => {
    const key = freshKey();
    async function* broken() {
      yield* megabytes(count).stream;
      throw new Error('broke off');
    }
    await expect(store.put(key, Readable.from(broken()), 'application/gzip')).rejects.toMatchObject(
      {
        type: 'StorageUnavailable',
        message: expect.stringContaining('broke off'),
      },
    );
    expect(await store.size(key)).toBeNull();
    expect(await store.list('uploads/')).toEqual([]);
  });
});

describe('putIfAbsent', () => {
  test('writes once', async () => {
    const key = freshKey();
    expect(await store.putIfAbsent(key, Buffer.from('one'), 'text/plain')).toBe(true);
    expect(await store.putIfAbsent(key, Buffer.from('two'), 'text/plain')).toBe(false);
    expect((await store.get(key))?.toString()).toBe('one');
  });

  test('lets one of many win', async () => {
    const key = freshKey();
    const won = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        store.putIfAbsent(key, Buffer.from(String(n)), 'text/plain').catch(() => null),
      ),
    );
    expect(won.filter((result) => result === true)).toHaveLength(1);
    expect((await store.get(key))?.toString()).toBe(String(won.indexOf(true)));
  });
});

test('an object that is not there has no size and no content, and cannot be renewed', async () => {
  const key = freshKey();
  expect(await store.size(key)).toBeNull();
  expect(await store.get(key)).toBeNull();
  await expect(store.renew(key)).rejects.toMatchObject({
    type: 'StorageUnavailable',
    message: expect.stringContaining(key),
  });
});

test('list has the keys below a prefix, sorted', async () => {
  const prefix = freshKey();
  for (const name of ['b', 'a/2', 'a/10', 'é']) {
    await store.put(`${prefix}/${name}`, Buffer.from(name), 'text/plain');
  }
  expect(await store.list(`${prefix}/`)).toEqual(
    ['a/10', 'a/2', 'b', 'é'].map((name) => ({
      key: `${prefix}/${name}`,
      size: Buffer.byteLength(name),
    })),
  );
});

test('renew makes the object younger and leaves content and type', async () => {
  const key = freshKey();
  const dispatcher = createDispatcher(caBundle);
  onTestFinished(() => dispatcher.close());
  const look = async () => {
    const response = await fetch(await store.presignGet(key, 60), { dispatcher });
    return {
      text: await response.text(),
      type: response.headers.get('content-type'),
      modified: Date.parse(response.headers.get('last-modified') ?? ''),
    };
  };
  await store.put(key, Buffer.from('content'), 'application/gzip');
  const before = await look();
  await expect
    .poll(
      async () => {
        await store.renew(key);
        return (await look()).modified;
      },
      { timeout: 5000 },
    )
    .toBeGreaterThan(before.modified);
  expect(await look()).toMatchObject({ text: 'content', type: 'application/gzip' });
});

test('a presigned URL reads this object and no other', async () => {
  const [key, other] = [freshKey(), freshKey()];
  for (const name of [key, other]) await store.put(name, Buffer.from(name), 'text/plain');
  const dispatcher = createDispatcher(caBundle);
  onTestFinished(() => dispatcher.close());
  const url = await store.presignGet(key, 60);
  expect(await (await fetch(url, { dispatcher })).text()).toBe(key);
  expect((await fetch(url.replace(key, other), { dispatcher })).status).toBe(403);
  expect((await fetch(url, { dispatcher, method: 'DELETE' })).status).toBe(403);
});

test('the bucket has a lifecycle, and the store says so', async () => {
  expect(await store.hasLifecycle()).toBe(true);
});
