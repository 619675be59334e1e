import { getCACertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { trustedCertificates } from '../../../activities/support/tls.ts';

const own = '-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----\n';

test('the own CAs are added to the system’s, which stay', () => {
  const trusted = trustedCertificates(own);
  expect(trusted).toContain(own);
  const system = getCACertificates('system');
  const roots = system.length > 0 ? system : getCACertificates('bundled');
  expect(roots.length).toBeGreaterThan(0);
  expect(roots.every((root) => trusted.includes(root))).toBe(true);
  expect(new Set(trusted).size).toBe(trusted.length);
});

test('without own CAs there are only the others', () => {
  expect(trustedCertificates(null)).toEqual(
    trustedCertificates(own).filter((certificate) => certificate !== own),
  );
});
