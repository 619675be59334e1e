import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import {
  bundlePath,
  notAmong,
  readHostCertificates,
  splitCertificates,
} from '../../../../dev/tools/images/host-certificates.ts';
import { scratchDirectory } from '../support.ts';

/** Two throw-away certificates; nobody has their keys. */
const packaged = `-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUQssN0jE53iJA56ReDi3Ta/ejkBswCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGdGVzdGNhMB4XDTI2MTEyMjIzNTk0OFoXDTI2MTEyNDIzNTk0
OFowETEPMA0GA1UEAwwGdGVzdGNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
qBWxiHrnHhDFpN8qUUKRs3HQc7Fa84pvv0FX3FW80kLdsH3f9Ez5IRwg7TU/TpiN
GhYCFApSYq6k0mIo2XB6W6NTMFEwHQYDVR0OBBYEFPYC/TiSBAEpBcCkTu+Ig3sW
/Nk7MB8GA1UdIwQYMBaAFPYC/TiSBAEpBcCkTu+Ig3sW/Nk7MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgVUEpnaWr7VxgFENtdGJA1HI30B0Xw8u2
Tb2rQ28EwBkCIQCCR23zDZhtX24AqFERmL4CH6qJ8gRwx5wXDLOvmA99bg==
-----END CERTIFICATE-----
`;
const company = `-----BEGIN CERTIFICATE-----
MIIBczCCARqgAwIBAgIUV9/kBw0eLZoWxJiwgDDYjv1bFv0wCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGdGVzdGNhMB4XDTI2MTEyMjIzNTk0OFoXDTI2MTEyNDIzNTk0
OFowDjEMMAoGA1UEAwwDcmVnMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMt2h
2L91K3/5MpEs5LOYWB/h2zMkA0oZNoF41NvwkKpzXs3PLfrdMyqsmmh8F5+e745G
AMKeuezYO5eK8CTPG6NTMFEwDwYDVR0RBAgwBocEfwAAATAdBgNVHQ4EFgQU3qVe
lB0pEHSM3EhMUTpk9FUGKwYwHwYDVR0jBBgwFoAU9gL9OJIEASkFwKRO74iDexb8
2TswCgYIKoZIzj0EAwIDRwAwRAIgRnjfkXSMHDa3Mtt0qQWljYAQ0na0S4PiAJSY
SPUjmvACIAPLXxz9/KJiIRJEnvlG1dUXZ2XBxbT1KCmWnc8/0w8G
-----END CERTIFICATE-----
`;

test('a bundle is taken apart, with whatever stands between certificates', () => {
  const bundle = `# comment\n${packaged}\nsubject=CN=x\n${company}`;
  expect(splitCertificates(bundle)).toEqual([packaged, company]);
  expect(splitCertificates('')).toEqual([]);
});

test('the same certificate is the same in another spelling', () => {
  const lines = packaged.split('\n');
  const wrapped = [lines[0], lines.slice(1, -2).join(''), lines.at(-2), ''].join('\n');
  expect(wrapped).not.toBe(packaged);
  expect(notAmong([wrapped, company], [packaged])).toEqual([company]);
});

test('what a host trusts beyond Debian’s package is told apart', async () => {
  const root = await scratchDirectory();
  const known = join(root, 'usr/share/ca-certificates/mozilla');
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await mkdir(known, { recursive: true });
  await writeFile(join(root, bundlePath), packaged + company);
  await writeFile(join(known, 'packaged.crt'), packaged);
  expect(await readHostCertificates(root)).toEqual({
    bundle: packaged + company,
    added: [company],
  });
});

test('a host without a bundle has nothing to add', async () => {
  expect(await readHostCertificates(await scratchDirectory())).toEqual({ bundle: '', added: [] });
});
