import { X509Certificate } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What this machine trusts. */
export interface HostCertificates {
  /** The whole bundle in PEM; empty where the machine has none. */
  readonly bundle: string;
  /**
   * Those of the bundle that Debian's ca-certificates package doesn't bring: a company's own, say.
   * Installing that package in a container makes the bundle anew from its own and from
   * /usr/local/share/ca-certificates, so these have to lie there to stay trusted.
   */
  readonly added: readonly string[];
}

export const bundlePath = 'etc/ssl/certs/ca-certificates.crt';
export const addedDirectory = 'usr/local/share/ca-certificates';

/** Reads the bundle from where Debian's ca-certificates has it. */
export async function readHostCertificates(root = '/'): Promise<HostCertificates> {
  const bundle = await readFile(join(root, bundlePath), 'utf8').catch(() => '');
  const packaged = join(root, 'usr', 'share', 'ca-certificates', 'mozilla');
  const names = await readdir(packaged).catch(() => []);
  const known = await Promise.all(names.map((name) => readFile(join(packaged, name), 'utf8')));
  return { bundle, added: notAmong(splitCertificates(bundle), known.flatMap(splitCertificates)) };
}

/** The certificates of a PEM file, each as a PEM text; anything between them is dropped. */
export function splitCertificates(pem: string): readonly string[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return [...blocks].map(([block]) => `${block}\n`);
}

/** Certificates that are not among the known ones, compared by fingerprint, not by spelling. */
export function notAmong(
  certificates: readonly string[],
  known: readonly string[],
): readonly string[] {
  const fingerprints = new Set(known.map(fingerprint));
  return certificates.filter((certificate) => !fingerprints.has(fingerprint(certificate)));
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}
