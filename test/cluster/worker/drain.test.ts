import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, inject, test } from 'vitest';
import { openGate } from '../../support/product/gate.ts';
import { containerOf, createInstallation } from '../../support/product/installation.ts';

const environment = inject('environment');
const gatewayHost = new URL(environment.store.endpoint).hostname;

/** A port that nothing listens at. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const statusOf = (url: string): Promise<number> => fetch(url).then(({ status }) => status);

test('a worker that is told to end hands its wait over, leaves the Pod alone, and exits with 0', async () => {
  await using installation = await createInstallation(environment, 'drain');
  await using gate = await openGate(gatewayHost);
  const health = `127.0.0.1:${await freePort()}`;
  const first = await installation.startWorker({ SLIPWAY_HEALTH_ADDRESS: health });
  const source = await installation.repository();
  await source.commit({
    Dockerfile: `FROM busybox\n${gate.instruction}\nRUN echo done > /answer\n`,
  });
  const definition = { name: 'app', source: source.url, containers: { 'api/server': {} } };
  const buildId = await installation.submit(definition);
  await gate.reached();
  expect(await statusOf(`http://${health}/readyz`)).toBe(200);
  expect(await statusOf(`http://${health}/healthz`)).toBe(200);

  const asked = performance.now();
  expect(await first.stop()).toBe(0);
  // The wait gets five seconds to hand over, whatever the Pod does.
  expect(performance.now() - asked).toBeLessThan(15_000);
  await expect(statusOf(`http://${health}/readyz`)).rejects.toThrow('fetch failed');
  const [pod] = installation.pods.ofBuild(buildId);
  expect(pod).toMatchObject({ isGone: false });
  expect(pod?.pod.metadata?.deletionTimestamp).toBeUndefined();

  await installation.startWorker();
  gate.open();
  const result = await installation.ended(buildId);
  expect(containerOf(result, 'api/server').attempts.map(({ outcome }) => outcome)).toEqual([
    'succeeded',
  ]);
  expect(installation.pods.ofBuild(buildId)).toHaveLength(1);
});

test('roles may be processes of their own', async () => {
  await using installation = await createInstallation(environment, 'roles');
  await Promise.all(
    ['workflow', 'source', 'pods'].map((role) =>
      // Without a file of the workflow code, as in a checkout: it is made at the start.
      installation.startWorker({ SLIPWAY_ROLES: role, SLIPWAY_WORKFLOW_BUNDLE: undefined }),
    ),
  );
  const source = await installation.repository();
  await source.commit({ Dockerfile: 'FROM busybox\nRUN echo roles > /answer\n' });
  const result = await installation.build({
    name: 'app',
    source: source.url,
    containers: { 'api/server': {} },
  });
  expect(containerOf(result, 'api/server').status).toBe('built');
});
