import type { RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { CoreV1Api, Watch } from '@kubernetes/client-node';
import { expect, onTestFinished, test } from 'vitest';
import { issueAuthority, issueCertificate } from '../../dev/credentials/issue.ts';
import { PooledKubeConfig } from '../../worker/pooled-kube-config.ts';

const pod = JSON.stringify({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' } });
const asked = { namespace: 'builds', name: 'p' };

const patience = {
  read: { headersTimeout: 100, bodyTimeout: 100 },
  write: { headersTimeout: 30_000, bodyTimeout: 30_000 },
  watch: { headersTimeout: 30_000, bodyTimeout: 0 },
};

/** An API server behind TLS, and how many connections it was asked over. */
async function startServer(answer: RequestListener) {
  const now = new Date();
  const authority = await issueAuthority('a cluster', now);
  const subject = { commonName: 'server', addresses: ['127.0.0.1'] };
  const { key, certificate } = await issueCertificate(authority, subject, now);
  const server = https.createServer({ key, cert: certificate }, answer);
  const connections = { count: 0 };
  server.on('secureConnection', () => {
    connections.count += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const config = new PooledKubeConfig(patience);
  const { port } = server.address() as AddressInfo;
  const caData = Buffer.from(authority.certificate).toString('base64');
  config.loadFromClusterAndUser(
    { name: 'scripted', server: `https://127.0.0.1:${port}`, skipTLSVerify: false, caData },
    { name: 'test', token: 'geheim' },
  );
  return { config, connections };
}

test('requests share their connections, and log in each', async () => {
  const logins: (string | undefined)[] = [];
  const { config, connections } = await startServer((request, response) => {
    logins.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json');
    response.end(pod);
  });
  const api = config.makeApiClient(CoreV1Api);
  for (let round = 0; round < 5; round++) await api.readNamespacedPod(asked);
  await Promise.all([
    api.readNamespacedPod(asked),
    api.createNamespacedPod({ namespace: 'builds', body: {} }),
  ]);
  expect(logins).toEqual(Array.from({ length: 7 }, () => 'Bearer geheim'));
  // One of reads, one of writes; a second read beside the first may have its own.
  expect(connections.count).toBeLessThanOrEqual(3);
});

test('a read that is not answered is given up, a write and a watch are not', async () => {
  const held = Promise.withResolvers<void>();
  const { config } = await startServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'POST') void held.promise.then(() => response.end(pod));
    else if (request.url?.includes('watch=true') === true) {
      response.flushHeaders();
      void held.promise.then(() => response.end(`{"type":"ADDED","object":${pod}}\n`));
    }
  });
  const api = config.makeApiClient(CoreV1Api);
  const created = api.createNamespacedPod({ namespace: 'builds', body: {} });
  const event = Promise.withResolvers<string>();
  const watching = new Watch(config).watch(
    '/api/v1/pods',
    {},
    (type) => event.resolve(type),
    (error) => event.reject(error ?? new Error('the watch ended')),
  );
  await expect(api.readNamespacedPod(asked)).rejects.toThrow('fetch failed');
  held.resolve();
  expect((await created).metadata?.name).toBe('p');
  expect(await event.promise).toBe('ADDED');
  (await watching).abort();
});
