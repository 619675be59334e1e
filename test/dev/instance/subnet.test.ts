import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  chooseSubnet,
  type Network,
  overlaps,
  parseNetwork,
} from '../../../dev/instance/subnet.ts';

const network = fc
  .record({
    address: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    prefix: fc.integer({ min: 0, max: 32 }),
  })
  .map(({ address, prefix }) => ({ address: address - (address % 2 ** (32 - prefix)), prefix }));
const id = fc.stringMatching(/^[0-9a-f]{10}$/);

function must(text: string): Network {
  const parsed = parseNetwork(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

describe('parseNetwork', () => {
  test.each([
    ['10.0.0.0/8', { address: 167_772_160, prefix: 8 }],
    ['192.0.2.2', { address: 3_221_225_986, prefix: 32 }],
    ['192.0.2.2/24', { address: 3_221_225_984, prefix: 24 }],
    ['255.255.255.255/32', { address: 4_294_967_295, prefix: 32 }],
    ['0.0.0.0/0', { address: 0, prefix: 0 }],
  ])('reads %s', (text, expected) => {
    expect(parseNetwork(text)).toEqual(expected);
  });

  test.each(['default', 'fd00::/64', '256.0.0.1', '10.0.0.0/33', '10.0.0', '10.0.0.0/', ''])(
    'refuses %j',
    (text) => {
      expect(parseNetwork(text)).toBeUndefined();
    },
  );
});

describe('overlaps', () => {
  test.each([
    ['10.0.0.0/8', '10.64.3.0/24', true],
    ['10.64.3.0/24', '10.64.3.77/32', true],
    ['10.64.3.0/24', '10.64.4.0/24', false],
    ['0.0.0.0/0', '10.64.4.0/24', true],
    ['128.0.0.0/1', '10.64.4.0/24', false],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(overlaps(must(one), must(other))).toBe(expected);
    expect(overlaps(must(other), must(one))).toBe(expected);
  });
});

describe('chooseSubnet', () => {
  test('stays in 10.64.0.0/10, with gateway and loopback to match', () => {
    fc.assert(
      fc.property(id, (value) => {
        const { cidr, gateway, loopback } = chooseSubnet(value, []);
        expect(overlaps(must(cidr), must('10.64.0.0/10'))).toBe(true);
        expect(gateway).toBe(cidr.replace('.0/24', '.1'));
        expect(loopback).toBe(gateway.replace(/^10\./, '127.'));
      }),
    );
  });

  test('avoids every network of /16 and narrower that the machine uses', () => {
    fc.assert(
      fc.property(id, fc.array(network, { maxLength: 40 }), (value, used) => {
        const narrow = used.filter(({ prefix }) => prefix >= 16);
        const chosen = must(chooseSubnet(value, used).cidr);
        expect(narrow.some((other) => overlaps(chosen, other))).toBe(false);
      }),
    );
  });

  test('goes to the next network when its own is taken', () => {
    expect(chooseSubnet('0000000000', []).cidr).toBe('10.64.0.0/24');
    expect(chooseSubnet('0000000000', [must('10.64.0.9')]).cidr).toBe('10.64.1.0/24');
    expect(chooseSubnet('00003fff00', [must('10.127.255.0/24')]).cidr).toBe('10.64.0.0/24');
  });

  test('leaves a wide network where something else is free, and lives inside it otherwise', () => {
    expect(chooseSubnet('0000000000', [must('10.64.0.0/12')]).cidr).toBe('10.80.0.0/24');
    expect(chooseSubnet('0000000000', [must('10.0.0.0/8')]).cidr).toBe('10.64.0.0/24');
  });

  test('says so when nothing is free', () => {
    const all = Array.from({ length: 64 }, (_, index) => must(`10.${64 + index}.0.0/16`));
    expect(() => chooseSubnet('0000000000', all)).toThrow('No free /24 network');
  });
});
