import { X509Certificate } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { send } from '../../../dev/cluster/request.ts';
import { type Certificates, ensureCertificates } from '../../../dev/credentials/certificates.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const instance = { name: 'slipway-0123456789', addresses: ['10.70.1.1', '127.0.0.1'] };
const day = 86_400_000;
const today = new Date('2030-01-01T00:00:00Z');

function names(certificates: Certificates): readonly (keyof Certificates)[] {
  return Object.keys(certificates) as (keyof Certificates)[];
}

test('makes certificates that Kubernetes and TLS clients accept', async () => {
  const certificates = await ensureCertificates(await temporaryDirectory(), instance, today);
  const authority = new X509Certificate(certificates.authority.certificate);
  expect(authority.ca).toBe(true);
  const server = new X509Certificate(certificates.server.certificate);
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(server.checkIP('10.70.1.1')).toBe('10.70.1.1');
  expect(server.checkIP('10.70.1.2')).toBeUndefined();
  expect(server.ca).toBe(false);
  const kubelet = new X509Certificate(certificates.kubelet.certificate);
  expect(kubelet.subject.split('\n').toSorted()).toEqual([
    `CN=system:node:${instance.name}`,
    'O=system:nodes',
  ]);
});

test('keeps private keys to their owner', async () => {
  const certificates = await ensureCertificates(await temporaryDirectory(), instance, today);
  for (const name of names(certificates)) {
    expect((await stat(certificates[name].keyPath)).mode & 0o777).toBe(0o600);
  }
});

test('uses what is on disk until 30 days before its end', async () => {
  const directory = await temporaryDirectory();
  const first = await ensureCertificates(directory, instance, today);
  const soon = new Date(today.getTime() + 330 * day);
  expect(await ensureCertificates(directory, instance, soon)).toEqual(first);
  const late = new Date(today.getTime() + 340 * day);
  const renewed = await ensureCertificates(directory, instance, late);
  expect(renewed.authority).toEqual(first.authority);
  expect(renewed.server.certificate).not.toBe(first.server.certificate);
  expect(renewed.admin.certificate).not.toBe(first.admin.certificate);
  expect(renewed.serviceAccounts).toEqual(first.serviceAccounts);
});

test('a new authority means new certificates', async () => {
  const directory = await temporaryDirectory();
  const first = await ensureCertificates(directory, instance, today);
  await writeFile(join(directory, 'ca.crt'), 'damaged');
  const second = await ensureCertificates(directory, instance, today);
  const authority = new X509Certificate(second.authority.certificate);
  for (const name of names(second).filter((name) => name !== 'serviceAccounts')) {
    expect(second[name].certificate).not.toBe(first[name].certificate);
    expect(new X509Certificate(second[name].certificate).verify(authority.publicKey)).toBe(true);
  }
});

test('other addresses mean another server certificate, and no other client certificates', async () => {
  const directory = await temporaryDirectory();
  const first = await ensureCertificates(directory, instance, today);
  const moved = await ensureCertificates(
    directory,
    { ...instance, addresses: ['10.71.0.1'] },
    today,
  );
  expect(moved.server.certificate).not.toBe(first.server.certificate);
  expect(moved.admin).toEqual(first.admin);
});

test('serve and authenticate a real connection', async () => {
  const { authority, server, admin } = await ensureCertificates(
    await temporaryDirectory(),
    instance,
    new Date(),
  );
  const listener = createServer(
    {
      cert: server.certificate,
      key: server.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      const { subject } = (
        request.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
      ).getPeerCertificate();
      response.end(subject.CN);
    },
  );
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void listener.close(() => resolve())));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `https://127.0.0.1:${address.port}/`;
  const client = { ca: authority.certificate, certificate: admin.certificate, key: admin.key };
  expect(await send(url, client)).toEqual({ status: 200, body: 'slipway-admin' });
  await expect(send(url, { ca: authority.certificate })).rejects.toThrow(/alert|reset|hang up/);
  await expect(send(url, { certificate: admin.certificate, key: admin.key })).rejects.toThrow(
    /certificate/,
  );
});
