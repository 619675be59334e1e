import { readIfExists } from '../files.ts';

/** systemd-resolved's list of the real servers, behind its stub on 127.0.0.53. */
const upstreamResolver = '/run/systemd/resolve/resolv.conf';

/**
 * The resolv.conf for Pods: the host's, unless all of its servers are loopback addresses, where a
 * Pod would find nobody; then systemd-resolved's own list, if there is one.
 */
export function chooseResolver(host: string, upstream: string | undefined): string {
  const servers = [...host.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '');
  const isLoopback = (server: string): boolean => server.startsWith('127.') || server === '::1';
  return servers.every(isLoopback) && upstream !== undefined ? upstream : host;
}

export async function readResolver(): Promise<string> {
  return chooseResolver(
    (await readIfExists('/etc/resolv.conf')) ?? '',
    await readIfExists(upstreamResolver),
  );
}
