import diagnostics from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Metrics } from './metrics.ts';
import { requestLabels, type ServiceOrigins } from './request-labels.ts';

/** undici's message, https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
interface UndiciMessage {
  readonly request: {
    readonly origin?: string | URL;
    readonly method: string;
    readonly path: string;
  };
  readonly response?: { readonly statusCode: number };
}

/**
 * Counts all requests of this process: Node tells of each on a diagnostics channel, so that no
 * adapter has to. Kubernetes' client and the registry use undici, the store's client and Pod logs
 * `node:http`.
 *
 * @returns stops counting
 */
export function countRequests(origins: ServiceOrigins, metrics: Metrics): () => void {
  const count = (
    request: { readonly method: string; readonly origin: string; readonly path: string },
    status: number | null,
  ): void =>
    metrics.record('slipway_requests_total', 1, { ...requestLabels(origins, request, status) });

  const onUndici = (message: unknown): void => {
    const { request, response } = message as UndiciMessage;
    const { method, path, origin = '' } = request;
    count({ method, path, origin: originOf(String(origin)) }, response?.statusCode ?? null);
  };
  // A response that is broken off later is an error as well.
  const answered = new WeakSet<ClientRequest>();
  const onHttp = (message: unknown): void => {
    const { request, response } = message as {
      readonly request: ClientRequest;
      readonly response?: IncomingMessage;
    };
    if (answered.has(request)) return;
    answered.add(request);
    const { method, path, protocol } = request;
    const host = request.getHeader('host');
    const origin = originOf(`${protocol}//${typeof host === 'string' ? host : request.host}`);
    count({ method, path, origin }, response?.statusCode ?? null);
  };
  const subscriptions: readonly (readonly [string, (message: unknown) => void])[] = [
    ['undici:request:headers', onUndici],
    ['undici:request:error', onUndici],
    ['http.client.response.finish', onHttp],
    ['http.client.request.error', onHttp],
  ];
  for (const [channel, listener] of subscriptions) diagnostics.subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of subscriptions) diagnostics.unsubscribe(channel, listener);
  };
}

/** Without a port that is the scheme's own, as `URL` writes it. */
function originOf(text: string): string {
  return URL.canParse(text) ? new URL(text).origin : text;
}
