import { getCACertificates } from 'node:tls';
import { Agent, Dispatcher, ProxyAgent } from 'undici';
import { proxyFor } from './proxy.ts';
import type { ProxySettings } from './settings.ts';

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

interface HttpTimeouts {
  /** Milliseconds until the connection stands. */
  readonly connect: number;
  /** Milliseconds for the headers, and between two pieces of a body. */
  readonly idle: number;
}

interface DispatcherOptions {
  /** Absent: every server is spoken to directly, whatever the process's environment says. */
  readonly proxy?: ProxySettings;
  readonly timeouts?: HttpTimeouts;
}

/** The dispatcher for undici's `fetch`; whoever makes it closes it. */
export function createDispatcher(
  caBundle: string | null,
  { proxy, timeouts = { connect: 10_000, idle: 30_000 } }: DispatcherOptions = {},
): Dispatcher {
  const tls = { ca: [...trustedCertificates(caBundle)], timeout: timeouts.connect };
  const options = { connect: tls, headersTimeout: timeouts.idle, bodyTimeout: timeouts.idle };
  const direct = new Agent(options);
  if (proxy === undefined) return direct;
  const proxies = new Map<string, Dispatcher>();
  for (const uri of [proxy.https, proxy.http]) {
    if (uri === null || proxies.has(uri)) continue;
    // `requestTls` is for the server behind the tunnel, `proxyTls` for the proxy itself.
    proxies.set(uri, new ProxyAgent({ ...options, uri, requestTls: tls, proxyTls: tls }));
  }
  return new ProxyingDispatcher(direct, proxies, proxy);
}

/**
 * Sends each request directly or through its proxy. Not undici's `EnvHttpProxyAgent`, which knows
 * no networks in NO_PROXY and falls back to the process's environment.
 */
class ProxyingDispatcher extends Dispatcher {
  readonly #direct: Dispatcher;
  readonly #proxies: ReadonlyMap<string, Dispatcher>;
  readonly #settings: ProxySettings;

  constructor(
    direct: Dispatcher,
    proxies: ReadonlyMap<string, Dispatcher>,
    settings: ProxySettings,
  ) {
    super();
    this.#direct = direct;
    this.#proxies = proxies;
    this.#settings = settings;
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    const proxy = proxyFor(new URL(String(options.origin)), this.#settings);
    const chosen = proxy === null ? this.#direct : (this.#proxies.get(proxy) ?? this.#direct);
    return chosen.dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((each) => each.close()));
  }
}
