import 'reflect-metadata';

import { webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Whom a certificate is for. Kubernetes reads the user from the name, the groups from the organizations. */
export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  /** IP addresses and DNS names that a server answers under; none for a client. */
  readonly addresses?: readonly string[];
  readonly names?: readonly string[];
}

/** Makes a certificate authority, valid for ten years from `now`. */
export async function issueAuthority(commonName: string, now: Date): Promise<KeyPair> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: distinguishedName({ commonName }),
    ...validity(now, 3650),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toPem(certificate, keys);
}

/** Makes a certificate, valid for one year from `now`, for a server, a client, or (etcd's peer) both. */
export async function issueCertificate(
  authority: KeyPair,
  subject: Subject,
  now: Date,
): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await makeKeys();
  const alternatives = [
    ...(subject.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
    ...(subject.names ?? []).map((value) => ({ type: 'dns' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: distinguishedName(subject),
    issuer: issuer.subjectName.toJSON(),
    ...validity(now, 365),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.clientAuth,
        ...(alternatives.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : []),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
    ],
  });
  return toPem(certificate, keys);
}

/** A private key (PKCS #8, PEM) with its public key, for signing service account tokens. */
export async function issueSigningKey(): Promise<{
  readonly key: string;
  readonly publicKey: string;
}> {
  const keys = await makeKeys();
  return {
    key: await exportKey(keys),
    publicKey: x509.PemConverter.encode(
      await webcrypto.subtle.exportKey('spki', keys.publicKey),
      'PUBLIC KEY',
    ),
  };
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function distinguishedName(subject: Pick<Subject, 'commonName' | 'organization'>): x509.JsonName {
  const organization = subject.organization === undefined ? [] : [{ O: [subject.organization] }];
  return [...organization, { CN: [subject.commonName] }];
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  // A minute early, for clocks that are a little behind (Pods share this machine's, clients need not).
  return {
    notBefore: new Date(now.getTime() - 60_000),
    notAfter: new Date(now.getTime() + days * 86_400_000),
  };
}

async function toPem(
  certificate: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
): Promise<KeyPair> {
  return { certificate: `${certificate.toString('pem')}\n`, key: await exportKey(keys) };
}

async function exportKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`;
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}
