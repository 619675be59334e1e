import { expect, test } from 'vitest';

import { firewallChains } from '../../../dev/host/firewall.ts';
import { deriveIdentity } from '../../../dev/instance/identity.ts';

const subnet = { cidr: '10.70.1.0/24', gateway: '10.70.1.1', loopback: '127.70.1.1' };
const chains = firewallChains({ ...deriveIdentity('/home/a'), subnet });

test('every rule is about the own bridge or the own subnet alone', () => {
  const { bridge } = deriveIdentity('/home/a');
  for (const rule of chains.flatMap((chain) => chain.rules)) {
    expect(rule.includes(bridge)).toBe(true);
  }
  expect(chains.find((chain) => chain.table === 'nat')?.rules[0]).toContain(subnet.cidr);
});

test('chain names fit into 28 characters and differ between instances', () => {
  const others = firewallChains({ ...deriveIdentity('/home/b'), subnet });
  const names = [...chains, ...others].map((chain) => chain.name);
  expect(new Set(names).size).toBe(names.length);
  expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(28);
});

test('hooks each table where it works', () => {
  expect(chains.map(({ table, hook }) => `${table}/${hook}`)).toEqual([
    'filter/INPUT',
    'filter/FORWARD',
    'nat/POSTROUTING',
  ]);
});
