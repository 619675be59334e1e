import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMinioStore } from '../../../activities/support/minio-store.ts';

const secretKey = 'hunter2-hunter2';
/** Nothing listens there: what needs a real store is under test/cluster. */
const options = {
  endpoint: 'https://127.0.0.1:1',
  region: 'us-east-1',
  bucket: 'slipway',
  accessKey: 'access',
  secretKey,
  caBundle: null,
};
const store = createMinioStore(options);

describe('a store that is not there', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['size', () => store.size('a')],
    ['put', () => store.put('a', Buffer.from('x'), 'text/plain')],
    ['put', () => store.put('a', Readable.from([Buffer.from('x')]), 'text/plain')],
    ['putIfAbsent', () => store.putIfAbsent('a', Buffer.from('x'), 'text/plain')],
    ['get', () => store.get('a')],
    ['list', () => store.list('a')],
    ['renew', () => store.renew('a')],
  ])('%s is StorageUnavailable, and names the object and the store', async (_what, operation) => {
    const problem: unknown = await operation().catch((error: unknown) => error);
    expect(problem).toMatchObject({
      type: 'StorageUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('a in bucket slipway at https://127.0.0.1:1'),
    });
    expect(String(problem)).not.toContain(secretKey);
  });

  test('presigning needs no store: the URL names the same endpoint and ends in time', async () => {
    const url = new URL(await store.presignGet('contexts/ab.tar.gz', 600));
    expect(url.origin).toBe('https://127.0.0.1:1');
    expect(url.pathname).toBe('/slipway/contexts/ab.tar.gz');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('600');
    expect(url.href).not.toContain(secretKey);
  });
});

test('a store that takes a request and falls silent is unavailable, not waited for', async () => {
  const server = createTcpServer((socket) => socket.resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const silent = createMinioStore({ ...options, endpoint, stallTimeout: 50 });
  for (const operation of [
    () => silent.size('a'),
    () => silent.get('a'),
    () => silent.put('a', Buffer.from('x'), 'text/plain'),
    () => silent.putIfAbsent('a', Buffer.from('x'), 'text/plain'),
  ]) {
    const problem: unknown = await operation().catch((error: unknown) => error);
    expect(problem).toMatchObject({
      type: 'StorageUnavailable',
      message: expect.stringContaining('no answer for 0.05 s'),
    });
  }
});

test('an object that is not there is null to read, and a failure to renew', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/xml' });
    response.end('<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const empty = createMinioStore({ ...options, endpoint: `http://127.0.0.1:${port}` });
  expect(await empty.get('a')).toBeNull();
  await expect(empty.renew('a')).rejects.toMatchObject({
    type: 'StorageUnavailable',
    message: expect.stringContaining('renewing a in bucket slipway'),
  });
});

test('list has sizes and whole keys from the listing itself, sorted by key', async () => {
  const requests: string[] = [];
  const listed = ['logs/b', 'logs/a/10', 'logs/é']
    .map((key, index) => `<Contents><Key>${key}</Key><Size>${index}</Size></Contents>`)
    .join('');
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?', 1)[0]}`);
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${listed}</ListBucketResult>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const listing = createMinioStore({ ...options, endpoint: `http://127.0.0.1:${port}` });
  expect(await listing.list('logs/')).toEqual([
    { key: 'logs/a/10', size: 1 },
    { key: 'logs/b', size: 0 },
    { key: 'logs/é', size: 2 },
  ]);
  expect(requests).toEqual(['GET /slipway']);
});

test.each<[number, string, boolean | null]>([
  [200, '<LifecycleConfiguration><Rule><ID>a</ID></Rule></LifecycleConfiguration>', true],
  [404, '<Error><Code>NoSuchLifecycleConfiguration</Code></Error>', false],
  [403, '<Error><Code>AccessDenied</Code></Error>', null],
  [501, '<Error><Code>NotImplemented</Code></Error>', null],
])('a store that answers %i %s says of a lifecycle: %j', async (status, body, expected) => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const asked = createMinioStore({ ...options, endpoint: `http://127.0.0.1:${port}` });
  expect(await asked.hasLifecycle()).toBe(expected);
  expect(requests).toEqual(['GET /slipway?lifecycle']);
});

test('what the store says is told without credentials, also in the cause', async () => {
  const message = `no ${secretKey} for http://s/a?X-Amz-Credential=c&amp;X-Amz-Signature=0a1b`;
  const server = createServer((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const refusing = createMinioStore({ ...options, endpoint: `http://127.0.0.1:${port}` });
  const problem: unknown = await refusing.get('a').catch((error: unknown) => error);
  expect(problem).toMatchObject({
    type: 'StorageUnavailable',
    message: expect.stringMatching(/AccessDenied: no \[redacted\] for http:\/\/s\/a\?\[redacted\]/),
    cause: { message: expect.not.stringMatching(/hunter2|0a1b/) },
  });
});
