import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { issueAuthority, issueCertificate } from '../../dev/credentials/issue.ts';

export interface GitHttpsServer {
  /** `https://<host>:<port>` */
  readonly url: string;
  /** PEM of the CA that signed the server. */
  readonly caBundle: string;
  /** Requests so far, as `METHOD path?query`. */
  readonly requests: readonly string[];
  /** The Authorization header of each of them that had one. */
  readonly authorizations: readonly string[];
}

export interface GitHttpsBehaviour {
  /** An IP address of this machine to listen at, for clients in Pods; absent: localhost. */
  readonly address?: string;
  /** Answers these instead of git, e.g. `() => 401`. */
  readonly status?: (request: IncomingMessage) => number | null;
  /** Speaks protocol version 0 only, as old servers do. */
  readonly oldProtocol?: boolean;
  /** Nothing is served without it. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Where a request with the login is sent to instead; null: nowhere. */
  readonly redirect?: (request: IncomingMessage) => string | null;
  /** Takes a request from git, after the login; returns whether it did. */
  readonly serve?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** git's own `http-backend` for the repositories under `root`, behind TLS of a CA of its own. */
export async function serveGitOverHttps(
  root: string,
  behaviour: GitHttpsBehaviour = {},
): Promise<GitHttpsServer> {
  const authority = await issueAuthority('Slipway test CA', new Date());
  const { address } = behaviour;
  const host = address ?? 'localhost';
  const names = address === undefined ? { names: [host] } : { addresses: [host] };
  const pair = await issueCertificate(authority, { commonName: host, ...names }, new Date());
  const requests: string[] = [];
  const authorizations: string[] = [];
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const { authorization } = request.headers;
    if (authorization !== undefined) authorizations.push(authorization);
    const refused = behaviour.status?.(request) ?? loginStatus(behaviour.login, authorization);
    const elsewhere = behaviour.redirect?.(request) ?? null;
    if (refused !== null) response.writeHead(refused, { 'www-authenticate': 'Basic' }).end();
    else if (elsewhere !== null) response.writeHead(302, { location: elsewhere }).end();
    else if (behaviour.serve?.(request, response) !== true) {
      runBackend(root, request, response, behaviour.oldProtocol ?? false);
    }
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => stop(server));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host}:${port}`,
    caBundle: authority.certificate,
    requests,
    authorizations,
  };
}

function loginStatus(login: GitHttpsBehaviour['login'], authorization?: string): number | null {
  if (login === undefined) return null;
  const expected = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  return authorization === `Basic ${expected}` ? null : 401;
}

function runBackend(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  oldProtocol: boolean,
): void {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const protocol = request.headers['git-protocol'];
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      ...(typeof protocol === 'string' && !oldProtocol ? { GIT_PROTOCOL: protocol } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('close', () => answer(Buffer.concat(chunks), response));
}

/** A CGI answer: headers, an empty line, the body. */
function answer(output: Buffer, response: ServerResponse): void {
  const end = output.indexOf('\r\n\r\n');
  for (const line of output.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n')) {
    const [name = '', value = ''] = line.split(/: (.*)/s);
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
    else if (name !== '') response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
