import { getCACertificates } from 'node:tls';
import { Agent } from 'undici';

/**
 * PEM certificates that every connection trusts: the system's, those of `NODE_EXTRA_CA_CERTS`,
 * and the installation's own. Where the system has none (a slim image), Node's bundled ones stand in.
 *
 * @param caBundle PEM text with any number of certificates, null for none
 */
export function trustedCertificates(caBundle: string | null): readonly string[] {
  const system = getCACertificates('system');
  const roots = system.length > 0 ? system : getCACertificates('bundled');
  const own = caBundle === null ? [] : [caBundle];
  return [...new Set([...roots, ...getCACertificates('extra'), ...own])];
}

export interface HttpTimeouts {
  /** Milliseconds until the connection stands. */
  readonly connect: number;
  /** Milliseconds for the headers, and between two pieces of a body. */
  readonly idle: number;
}

/** The dispatcher for undici's `fetch`; whoever makes it closes it. */
export function createDispatcher(
  caBundle: string | null,
  timeouts: HttpTimeouts = { connect: 10_000, idle: 30_000 },
): Agent {
  return new Agent({
    connect: { ca: [...trustedCertificates(caBundle)], timeout: timeouts.connect },
    headersTimeout: timeouts.idle,
    bodyTimeout: timeouts.idle,
  });
}
