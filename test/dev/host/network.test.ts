import { describe, expect, test } from 'vitest';

import {
  type Ip,
  interfacesOf,
  makeBridge,
  outsideMtu,
  removeBridge,
  usedNetworks,
} from '../../../dev/host/network.ts';
import { CommandFailed } from '../../../dev/host/run.ts';

const bridge = 'slw-1';
const subnet = { cidr: '10.70.1.0/24', gateway: '10.70.1.1', loopback: '127.70.1.1' };

/** `ip` as a script: output, or a message on stderr with which it fails, by its arguments. */
function scriptedIp(answers: Readonly<Record<string, string | { readonly fails: string }>>): {
  readonly ip: Ip;
  readonly calls: string[];
} {
  const calls: string[] = [];
  return {
    calls,
    async ip(args) {
      const command = args.join(' ');
      calls.push(command);
      const answer = answers[command] ?? '';
      if (typeof answer === 'string') return answer;
      throw new CommandFailed('ip', args, 2, answer.fails, undefined);
    },
  };
}

describe('usedNetworks', () => {
  const routes = '-json -4 route show table all';
  const addresses = '-json -4 address show';

  test('are those of routes and addresses, without the own bridge', async () => {
    const { ip } = scriptedIp({
      [routes]: JSON.stringify([
        { dst: 'default', gateway: '192.0.2.1', dev: 'eth0' },
        { dst: '172.17.0.0/16', dev: 'docker0' },
        { dst: '10.70.1.0/24', dev: bridge },
        { type: 'unreachable', dst: '10.9.0.0/16' },
        { type: 'local', dst: '192.0.2.2', dev: 'eth0' },
      ]),
      [addresses]: JSON.stringify([
        { ifname: 'eth0', mtu: 1500, addr_info: [{ local: '192.0.2.2', prefixlen: 24 }] },
        { ifname: bridge, mtu: 1500, addr_info: [{ local: '10.70.1.1', prefixlen: 24 }] },
        { ifname: 'tun0', mtu: 1400, addr_info: [{ prefixlen: 32 }] },
        { ifname: 'down0', mtu: 1500 },
      ]),
    });
    const used = await usedNetworks(bridge, ip);
    expect(used.map(({ address, prefix }) => `${address.toString(16)}/${prefix}`)).toEqual([
      'ac110000/16',
      'a090000/16',
      'c0000202/32',
      'c0000200/24',
    ]);
  });

  test('are none where `ip` prints nothing', async () => {
    expect(await usedNetworks(bridge, scriptedIp({}).ip)).toEqual([]);
  });

  test('are not guessed from output of another form', async () => {
    const { ip } = scriptedIp({ [routes]: '[{"destination":"10.0.0.0/8"}]' });
    await expect(usedNetworks(bridge, ip)).rejects.toThrow('dst');
  });
});

describe('outsideMtu', () => {
  const defaults = '-json -4 route show default';
  const eth0 = '-json link show dev eth0';
  test.each([
    [
      'that of the interface with the default route',
      { [defaults]: '[{"dst":"default","dev":"eth0"}]', [eth0]: '[{"ifname":"eth0","mtu":1450}]' },
      1450,
    ],
    ['1500 without a default route', { [defaults]: '[]' }, 1500],
    ['1500 for a route without an interface', { [defaults]: '[{"dst":"default"}]' }, 1500],
  ])('is %s', async (_, answers, expected) => {
    expect(await outsideMtu(scriptedIp(answers).ip)).toBe(expected);
  });
});

describe('the bridge', () => {
  const add = `link add ${bridge} type bridge`;
  const hardware = `link set ${bridge} address 0a:58:0a:46:01:01`;
  const address = `address add 10.70.1.1/24 dev ${bridge}`;
  const steps = [add, hardware, address, `link set ${bridge} up`];

  test.each([
    ['made', {}],
    ['completed where it is there', { [add]: { fails: 'RTNETLINK answers: File exists' } }],
    [
      'left where all of it is there',
      {
        [add]: { fails: 'File exists' },
        [address]: { fails: 'Error: ipv4: Address already assigned.' },
      },
    ],
  ])('is %s', async (_, answers) => {
    const { ip, calls } = scriptedIp(answers);
    await makeBridge({ bridge, subnet }, ip);
    expect(calls).toEqual(steps);
  });

  test('is not gone on with after another failure', async () => {
    const { ip, calls } = scriptedIp({ [add]: { fails: 'Operation not permitted' } });
    await expect(makeBridge({ bridge, subnet }, ip)).rejects.toThrow('Operation not permitted');
    expect(calls).toEqual([add]);
  });

  const show = '-json link show';
  const links = JSON.stringify([
    { ifname: 'eth0', mtu: 1500 },
    { ifname: bridge, mtu: 1500 },
    { ifname: 'veth1', mtu: 1500, master: bridge },
    { ifname: 'veth2', mtu: 1500, master: 'docker0' },
  ]);

  test('is removed after the interfaces on it, and nobody else’s', async () => {
    const { ip, calls } = scriptedIp({ [show]: links });
    await removeBridge(bridge, ip);
    expect(calls).toEqual([show, 'link delete veth1', `link delete ${bridge}`]);
  });

  test('may vanish meanwhile: deleting one end of a veth deletes the other', async () => {
    const { ip, calls } = scriptedIp({
      [show]: links,
      'link delete veth1': { fails: 'Cannot find device "veth1"' },
    });
    await removeBridge(bridge, ip);
    expect(calls.at(-1)).toBe(`link delete ${bridge}`);
  });

  test('leaves interfaces to be found when it is gone itself', async () => {
    const orphan = JSON.stringify([{ ifname: 'veth1', mtu: 1500, master: bridge }]);
    expect(await interfacesOf(bridge, scriptedIp({ [show]: orphan }).ip)).toEqual(['veth1']);
    expect(await interfacesOf(bridge, scriptedIp({ [show]: '[]' }).ip)).toEqual([]);
  });
});
