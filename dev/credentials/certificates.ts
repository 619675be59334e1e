import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';

import { readIfExists, writeFileAtomically } from '../files.ts';
import type { KeyPair, Subject } from './issue.ts';

/** A certificate as components use it: file paths for their flags, contents for fingerprints. */
export interface CertificateFiles {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly certificate: string;
  readonly key: string;
}

export interface Certificates {
  readonly authority: CertificateFiles;
  /** Presented by every service of the instance. */
  readonly server: CertificateFiles;
  readonly admin: CertificateFiles;
  readonly apiServerToEtcd: CertificateFiles;
  readonly apiServerToKubelet: CertificateFiles;
  readonly controllerManager: CertificateFiles;
  readonly scheduler: CertificateFiles;
  readonly kubelet: CertificateFiles;
  /** Signs service account tokens; its certificate file holds the public key. */
  readonly serviceAccounts: CertificateFiles;
}

/**
 * The instance's certificates: those on disk where they still serve, new ones otherwise. A
 * certificate is made again 30 days before it ends, or when authority or addresses have changed.
 */
export async function ensureCertificates(
  directory: string,
  instance: { readonly name: string; readonly addresses: readonly string[] },
  now: Date,
): Promise<Certificates> {
  const authority = await ensurePair(
    directory,
    'ca',
    (found) => isValidUntil(found, now),
    async () => {
      const { issueAuthority } = await import('./issue.ts');
      return issueAuthority(`Slipway local environment ${instance.name}`, now);
    },
  );
  const ensure = (name: string, subject: Subject): Promise<CertificateFiles> =>
    ensurePair(
      directory,
      name,
      (found) => isValidUntil(found, now) && isIssuedBy(found, authority) && covers(found, subject),
      async () => {
        const { issueCertificate } = await import('./issue.ts');
        return issueCertificate(authority, subject, now);
      },
    );
  return {
    authority,
    server: await ensure('server', {
      commonName: instance.name,
      addresses: instance.addresses,
      names: ['localhost', instance.name],
    }),
    admin: await ensure('admin', { commonName: 'slipway-admin', organization: 'system:masters' }),
    apiServerToEtcd: await ensure('apiserver-etcd', { commonName: 'kube-apiserver-etcd-client' }),
    apiServerToKubelet: await ensure('apiserver-kubelet', {
      commonName: 'kube-apiserver-kubelet-client',
      organization: 'system:masters',
    }),
    controllerManager: await ensure('controller-manager', {
      commonName: 'system:kube-controller-manager',
    }),
    scheduler: await ensure('scheduler', { commonName: 'system:kube-scheduler' }),
    // The Node authorizer and NodeRestriction know a node by exactly this name and group.
    kubelet: await ensure('kubelet', {
      commonName: `system:node:${instance.name}`,
      organization: 'system:nodes',
    }),
    serviceAccounts: await ensurePair(
      directory,
      'service-accounts',
      () => true,
      async () => {
        const { issueSigningKey } = await import('./issue.ts');
        const { key, publicKey } = await issueSigningKey();
        return { certificate: publicKey, key };
      },
    ),
  };
}

async function ensurePair(
  directory: string,
  name: string,
  serves: (found: KeyPair) => boolean,
  issue: () => Promise<KeyPair>,
): Promise<CertificateFiles> {
  const certificatePath = join(directory, `${name}.crt`);
  const keyPath = join(directory, `${name}.key`);
  const [certificate, key] = await Promise.all([
    readIfExists(certificatePath),
    readIfExists(keyPath),
  ]);
  if (certificate !== undefined && key !== undefined && serves({ certificate, key })) {
    return { certificatePath, keyPath, certificate, key };
  }
  const issued = await issue();
  // The certificate last: a key without its certificate is made again, the other way round isn't noticed.
  await writeFileAtomically(certificatePath, '');
  await writeFileAtomically(keyPath, issued.key, 0o600);
  await writeFileAtomically(certificatePath, issued.certificate);
  return { certificatePath, keyPath, ...issued };
}

function isValidUntil(found: KeyPair, now: Date): boolean {
  const certificate = parse(found);
  return (
    certificate !== undefined && certificate.validToDate.getTime() - now.getTime() > renewBefore
  );
}

function isIssuedBy(found: KeyPair, authority: KeyPair): boolean {
  const issuer = parse(authority);
  return issuer !== undefined && parse(found)?.verify(issuer.publicKey) === true;
}

function covers(found: KeyPair, subject: Subject): boolean {
  const certificate = parse(found);
  if (certificate === undefined) return false;
  return (
    (subject.addresses ?? []).every((address) => certificate.checkIP(address) !== undefined) &&
    (subject.names ?? []).every((name) => certificate.checkHost(name) !== undefined) &&
    certificate.subject.split('\n').includes(`CN=${subject.commonName}`)
  );
}

function parse(found: KeyPair): X509Certificate | undefined {
  try {
    return new X509Certificate(found.certificate);
  } catch {
    return undefined;
  }
}

/** Milliseconds: 30 days. */
const renewBefore = 30 * 86_400_000;
