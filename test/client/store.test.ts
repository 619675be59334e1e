import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ServiceUnreachable } from '../../client/errors.ts';
import { connectStore, UrlExpired, type Store } from '../../client/store.ts';
import { openObjectServer, type ObjectServer } from '../support/object-server.ts';

vi.mock('node:timers/promises', { spy: true });

let objects: ObjectServer;
let store: Store;
beforeEach(async () => {
  vi.mocked(delay).mockResolvedValue(undefined);
  objects = await openObjectServer({ 'results/a': 'abcdef' });
  store = connectStore(null);
});
afterEach(async () => {
  vi.mocked(delay).mockReset();
  await store.close();
  await objects[Symbol.asyncDispose]();
});

const waits = (): readonly unknown[] => vi.mocked(delay).mock.calls.map(([time]) => time);

describe('an object', () => {
  test('is its content', async () => {
    const response = await store.get(objects.url('results/a'));
    expect(await response?.text()).toBe('abcdef');
    expect(objects.requests).toEqual(['results/a']);
  });

  test.each<[number, string]>([
    [4, 'ef'],
    [6, ''],
    [7, ''],
  ])('from byte %i on is %j', async (from, content) => {
    const response = await store.get(objects.url('results/a'), { from });
    expect(await response?.text()).toBe(content);
    expect(objects.requests).toEqual([`results/a bytes=${from}-`]);
  });

  test('that is not there is null', async () => {
    expect(await store.get(objects.url('results/b'))).toBeNull();
    expect(waits()).toEqual([]);
  });
});

describe('a store that fails', () => {
  const busy: ObjectServer['interceptors'][number] = (response) => response.writeHead(503).end();
  const broken: ObjectServer['interceptors'][number] = (response) => response.destroy();

  test('now and then is asked again', async () => {
    objects.interceptors.push(busy, broken, busy);
    const response = await store.get(objects.url('results/a'));
    expect(await response?.text()).toBe('abcdef');
    expect(waits()).toEqual([250, 1_000, 3_000]);
  });

  test.each([
    ['busy', busy, 'answered 503'],
    ['broken', broken, 'does not answer'],
  ])('and stays %s is told of, without its URL', async (_what, interceptor, message) => {
    objects.interceptors.push(...Array.from({ length: 4 }, () => interceptor));
    const url = objects.url('results/a');
    const failed = (await store.get(url).catch((error: unknown) => error)) as Error;
    expect(failed).toBeInstanceOf(ServiceUnreachable);
    expect(failed.message).toContain(message);
    expect(failed.message).toContain(new URL(url).host);
    expect(`${failed.message} ${String(failed.cause)}`).not.toMatch(/Amz|planted/);
  });

  test('because a URL has ended is not asked again', async () => {
    objects.interceptors.push((response) => response.writeHead(403).end());
    await expect(store.get(objects.url('results/a'))).rejects.toThrow(UrlExpired);
    expect(waits()).toEqual([]);
  });

  test('is told of where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(store.get(`http://127.0.0.1:${port}/a?X-Amz-Signature=planted`)).rejects.toThrow(
      /^the object store at 127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED/,
    );
  });

  test('is left alone when the reader has had enough', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    objects.interceptors.push((response) => {
      controller.abort(reason);
      response.destroy();
    });
    const asked = store.get(objects.url('results/a'), { signal: controller.signal });
    await expect(asked).rejects.toBe(reason);
    expect(objects.requests).toHaveLength(1);
  });
});
