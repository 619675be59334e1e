import { type AddressInfo, type Server, connect, createServer } from 'node:net';

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { type ClusterApi, openCluster } from '../../../dev/kube-context/cluster-api.ts';
import { ClusterUnusable } from '../../../dev/kube-context/cluster-unusable.ts';
import { probe } from '../../../dev/kube-context/probe.ts';
import { type ScriptedCluster, scriptedCluster } from '../../support/scripted-cluster.ts';

const pods = '/api/v1/namespaces/ns/pods';
const pod = `${pods}/PROBE`;
const failed = (...exitCodes: readonly number[]): object => ({
  spec: { nodeName: 'n1' },
  status: {
    phase: 'Failed',
    podIP: '10.1.0.9',
    containerStatuses: ['store', 'registry'].map((name, index) => ({
      name,
      state: { terminated: { exitCode: exitCodes[index] ?? 0 } },
    })),
  },
});
const succeeded = { status: { phase: 'Succeeded' } };
const pending = { status: { phase: 'Pending' } };

let ports: { readonly store: number; readonly registry: number };
beforeEach(async () => {
  ports = { store: await freePort(), registry: await freePort() };
});

async function listen(port: number): Promise<Server> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return server;
}

async function freePort(): Promise<number> {
  const server = await listen(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A cluster whose probe Pod shows these states, one for each time it is asked. */
function cluster(states: readonly object[], log = ''): Promise<ScriptedCluster> {
  return scriptedCluster({
    [`POST ${pods}`]: { status: 201 },
    [`GET ${pod}`]: states.map((body) => ({ status: 200, body })),
    [`GET ${pod}/log`]: { status: 200, body: log },
    [`DELETE ${pod}`]: { status: 200 },
  });
}

async function run(api: ClusterApi, notes: string[] = [], timeout = 5000): Promise<void> {
  await probe({
    api,
    place: { namespace: 'ns', owner: 'slipway-1' },
    image: 'example/probe:1',
    targets: [
      { name: 'store', host: '127.0.0.1', port: ports.store },
      { name: 'registry', host: '127.0.0.1', port: ports.registry },
    ],
    note: (text) => void notes.push(text),
    timeout,
  });
}

function deletions({ requests }: ScriptedCluster): readonly string[] {
  return requests.filter((request) => request.startsWith('DELETE'));
}

describe('the probe', () => {
  test('ends well, says what it waits for, and deletes its Pod', async () => {
    const scripted = await cluster([pending, succeeded]);
    const notes: string[] = [];
    await run(await openCluster(scripted.context), notes);
    expect(notes).toEqual(['it has not ended']);
    expect(deletions(scripted)).toEqual([
      expect.stringMatching(/pods\/slipway-probe-\w+\?gracePeriodSeconds=0$/),
    ]);
    expect(scripted.bodies.get(`POST ${pods}`)).toMatchObject({
      spec: { containers: [{ image: 'example/probe:1' }, { image: 'example/probe:1' }] },
    });
  });

  test('stands in for services that do not run yet, while it lasts', async () => {
    const { context } = await cluster([pending, succeeded]);
    const api = await openCluster(context);
    let reached = false;
    const call: ClusterApi['expect'] = async (...request) => {
      if (request[1][0] === 'GET') {
        await new Promise((resolve, reject) => {
          connect(ports.store, '127.0.0.1').once('connect', resolve).once('error', reject).resume();
        });
        reached = true;
      }
      return api.expect(...request);
    };
    await run({ ...api, expect: call });
    expect(reached).toBe(true);
    // Free again for the service itself.
    const service = await listen(ports.store);
    await new Promise((resolve) => service.close(resolve));
  });

  test('leaves a service that runs its port', async () => {
    const service = await listen(ports.registry);
    onTestFinished(() => void service.close());
    const { context } = await cluster([succeeded]);
    await run(await openCluster(context));
    expect(service.listening).toBe(true);
  });

  test.each([
    [
      'one service',
      failed(1, 0),
      /can't reach the store at 127\.0\.0\.1:\d+ on this machine; tried from Pod address 10\.1\.0\.9 on node n1 \(nc: timed out\)\. They do reach the registry at 127\.0\.0\.1:\d+\. .*firewall to TCP port \d+, or .*--address IP/,
    ],
    [
      'both services',
      failed(1, 1),
      /can't reach the store at \S+ and the registry at \S+ on this machine; .*TCP port \d+ and \d+,/,
    ],
  ])('tells that Pods miss %s', async (_, state, message) => {
    const scripted = await cluster([state], 'nc: timed\n out\n');
    const run_ = run(await openCluster(scripted.context));
    await expect(run_).rejects.toThrow(ClusterUnusable);
    await expect(run_).rejects.toThrow(message);
    expect(deletions(scripted)).toHaveLength(1);
  });

  test("tells that the image can't be pulled, and how to name another", async () => {
    const state = { waiting: { reason: 'ImagePullBackOff', message: 'no such host' } };
    const containerStatuses = [{ name: 'store', state }];
    const scripted = await cluster([{ status: { phase: 'Pending', containerStatuses } }]);
    await expect(run(await openCluster(scripted.context))).rejects.toThrow(
      "can't pull the probe image example/probe:1: no such host. Name one that they can pull, with `nc` in it: SLIPWAY_PROBE_IMAGE=IMAGE.",
    );
    expect(deletions(scripted)).toHaveLength(1);
  });

  test('gives up on a Pod that never runs', async () => {
    const scripted = await cluster([pending]);
    await expect(run(await openCluster(scripted.context), [], 0)).rejects.toThrow(
      'showed nothing: not at its end after 0 s, it has not ended.',
    );
    expect(deletions(scripted)).toHaveLength(1);
  });

  test('deletes its Pod also when the API server goes wrong in between', async () => {
    const scripted = await scriptedCluster({
      [`POST ${pods}`]: { status: 201 },
      [`GET ${pod}`]: { status: 500, body: { message: 'etcd is away' } },
    });
    await expect(run(await openCluster(scripted.context))).rejects.toThrow('etcd is away');
    expect(deletions(scripted)).toHaveLength(1);
  });
});
