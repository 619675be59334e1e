import { describe, expect, test } from 'vitest';

import {
  chooseAddress,
  localAddressToward,
  machineAddresses,
} from '../../../dev/kube-context/address.ts';
import { openCluster } from '../../../dev/kube-context/cluster-api.ts';
import { scriptedCluster } from '../../support/scripted-cluster.ts';

const nodes = (...addresses: readonly string[]): object => ({
  items: addresses.map((address) => ({
    status: {
      addresses: [
        { type: 'Hostname', address: 'node' },
        { type: 'InternalIP', address },
      ],
    },
  })),
});

async function choose(wanted: string | undefined, answer: object, status = 200): Promise<string> {
  const { context } = await scriptedCluster({ 'GET /api/v1/nodes': { status, body: answer } });
  return chooseAddress(wanted, context.server, await openCluster(context));
}

describe('the address for Pods', () => {
  test('is the one asked for, loopback as well: the probe has the last word', async () => {
    expect(await choose('127.0.0.1', nodes())).toBe('127.0.0.1');
  });

  test("can't be another machine's", async () => {
    await expect(choose('192.0.2.99', nodes())).rejects.toThrow(
      "--address 192.0.2.99 isn't an IPv4 address of this machine; it has ",
    );
  });

  // The route to an own address starts at that address.
  const [own = ''] = machineAddresses();
  test.skipIf(own === '')('is the one toward a node where the API server is here', async () => {
    expect(await choose(undefined, nodes('fd00::1', own))).toBe(own);
  });

  test.each([
    ['no node is seen', nodes(), 200],
    ['nodes are on loopback, too', nodes('127.0.0.1'), 200],
    ['nodes may not be listed', {}, 403],
  ])('has to be named when %s', async (_, answer, status) => {
    await expect(choose(undefined, answer, status)).rejects.toThrow('Name one with --address IP');
  });
});

describe('localAddressToward', () => {
  test.each(['127.0.0.1', 'localhost'])('%s starts at loopback', async (host) => {
    expect(await localAddressToward(host)).toBe('127.0.0.1');
  });

  test.each(['::1', 'no-such-host.invalid'])('%s has no IPv4 route', async (host) => {
    expect(await localAddressToward(host)).toBeUndefined();
  });
});
