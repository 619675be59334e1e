import { BlockList, isIP } from 'node:net';
import type { ProxySettings } from './settings.ts';

/**
 * The variables by which programs find their proxies, in both cases: curl reads only the lower one,
 * others only the upper. Sorted by name.
 */
export function proxyVariables(
  proxy: ProxySettings | undefined,
): readonly { readonly name: string; readonly value: string }[] {
  if (proxy === undefined || (proxy.https === null && proxy.http === null)) return [];
  const values = {
    HTTP_PROXY: proxy.http,
    HTTPS_PROXY: proxy.https,
    NO_PROXY: proxy.noProxy.length === 0 ? null : proxy.noProxy.join(','),
  };
  return Object.entries(values)
    .flatMap(([name, value]) =>
      value === null ? [] : [name, name.toLowerCase()].map((each) => ({ name: each, value })),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The proxy for an address; null where it is spoken to directly. The rules are those of Go's
 * programs, the builders among them (golang.org/x/net/http/httpproxy): `example.com` is the host and
 * all below it, `.example.com` and `*.example.com` only those below, `10.0.0.0/8` a network, `*`
 * everything; each but a network may end in a port. This machine itself is never asked of a proxy.
 */
export function proxyFor(url: URL, proxy: ProxySettings): string | null {
  const address = url.protocol === 'https:' ? proxy.https : proxy.http;
  if (address === null) return null;
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (host === 'localhost' || isIn(host, '127.0.0.0/8') || host === '::1') return null;
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return proxy.noProxy.some((entry) => matches(entry.trim().toLowerCase(), host, port))
    ? null
    : address;
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isIn(host, entry);
  const [, bracketed, plain = '', entryPort] = /^(?:\[(.*)\]|(.*?))(?::(\d+))?$/.exec(entry) ?? [];
  const isAddress = isIP(entry) !== 0;
  if (!isAddress && entryPort !== undefined && entryPort !== port) return false;
  const name = isAddress ? entry : (bracketed ?? plain);
  if (name === '') return false;
  const below = name.replace(/^\*?\./, '.');
  if (below.startsWith('.')) return host.endsWith(below);
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function isIn(host: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const family = isIP(base);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(base, Number(bits), type);
  return list.check(host, type);
}
