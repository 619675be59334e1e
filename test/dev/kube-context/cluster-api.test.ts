import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { openCluster } from '../../../dev/kube-context/cluster-api.ts';
import { ClusterUnusable } from '../../../dev/kube-context/cluster-unusable.ts';
import { contextOf, scriptedCluster } from '../../support/scripted-cluster.ts';

test("requests carry the context's login", async () => {
  const { context, headers } = await scriptedCluster({});
  await openCluster(context);
  expect(headers.map(({ authorization }) => authorization)).toEqual(['Bearer planted-token']);
});

test('bodies are JSON, and applied by the server where they are patches', async () => {
  const path = '/api/v1/namespaces/x';
  const { context, headers, bodies } = await scriptedCluster({
    [`POST ${path}`]: { status: 201 },
    [`PATCH ${path}`]: { status: 200 },
  });
  const api = await openCluster(context);
  await api.call('POST', path, { a: 1 });
  await api.call('PATCH', `${path}?force=true`, { b: 2 });
  expect(headers.slice(1).map((each) => each['content-type'])).toEqual([
    'application/json',
    'application/apply-patch+yaml',
  ]);
  expect(bodies.get(`PATCH ${path}`)).toEqual({ b: 2 });
});

test.each([
  [401, 'Unauthorized'],
  [403, 'version is forbidden'],
])('a server that answers %i is told with its reason', async (status, message) => {
  const { context } = await scriptedCluster({ 'GET /version': { status, body: { message } } });
  await expect(openCluster(context)).rejects.toThrow(
    `The cluster of the context mine refuses to tell its version (status ${status}: ${message}).`,
  );
});

test('what the server says about a Secret is not repeated', async () => {
  const path = '/api/v1/namespaces/x/secrets/registry';
  const { context } = await scriptedCluster({
    [`PATCH ${path}`]: { status: 422, body: { message: 'invalid: planted-password' } },
  });
  const api = await openCluster(context);
  const refused = api.expect('let the Secret be written', ['PATCH', path, {}]);
  await expect(refused).rejects.toThrow('let the Secret be written (status 422)');
  await expect(refused).rejects.not.toThrow('planted-password');
});

test('a status that was foreseen is an answer', async () => {
  const { context } = await scriptedCluster({});
  const api = await openCluster(context);
  expect((await api.expect('read it', ['GET', '/nothing'], [404])).status).toBe(404);
  await expect(api.expect('read it', ['GET', '/nothing'])).rejects.toThrow(ClusterUnusable);
});

test('a server that nobody answers for is named', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const opened = openCluster(contextOf(`http://127.0.0.1:${port}`));
  await expect(opened).rejects.toThrow(ClusterUnusable);
  await expect(opened).rejects.toThrow(
    `The API server http://127.0.0.1:${port} of the context mine doesn't answer: connect ECONNREFUSED`,
  );
});
