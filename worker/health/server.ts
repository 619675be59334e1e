import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { ListenAddress } from '../setting-types.ts';
import { liveness, readiness, type Health, type HealthSources } from './health.ts';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Answers `GET /healthz` and `GET /readyz` with 200 or 503 and what was looked at, as JSON.
 *
 * @throws Error when the address can't be listened at
 */
export async function startHealthServer(
  address: ListenAddress,
  sources: HealthSources,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, {});
    if (request.url === '/healthz') return answer(response, liveness(sources));
    if (request.url !== '/readyz') return end(response, 404, {});
    readiness(sources).then(
      (health) => answer(response, health),
      () => end(response, 503, {}),
    );
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  const bound = server.address();
  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : address.port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, { ok, checks }: Health): void {
  end(response, ok ? 200 : 503, checks);
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
