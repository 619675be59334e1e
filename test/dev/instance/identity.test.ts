import fc from 'fast-check';
import { expect, test } from 'vitest';

import { deriveIdentity } from '../../../dev/instance/identity.ts';

test('names of any home are valid for the kernel, iptables and Kubernetes', () => {
  fc.assert(
    fc.property(fc.string(), (home) => {
      const identity = deriveIdentity(home);
      expect(identity.bridge).toMatch(/^[a-z0-9-]{1,15}$/);
      expect(identity.chainPrefix).toMatch(/^[A-Za-z0-9-]{1,24}$/);
      // A node's name becomes a label's value and a host name.
      expect(identity.name).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
      expect(identity.cgroup).toMatch(/^[a-z0-9-]+$/);
    }),
  );
});

test('the same home gives the same names, another home gives others', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const same = one === other;
      expect(deriveIdentity(one).bridge === deriveIdentity(other).bridge).toBe(same);
      expect(deriveIdentity(one).name === deriveIdentity(other).name).toBe(same);
    }),
  );
});
