import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/**
 * A stand-in for a registry: manifests only, and whatever misbehaviour a test scripts. The real
 * registry is under test/cluster.
 */
export interface ScriptedRegistry {
  /** `localhost:<port>` */
  readonly host: string;
  /** Manifests by `<path>@<digest>`, tags by `<path>:<tag>` (a digest). */
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
  /** `METHOD path` of every request, with ` (authorization scheme)` where one was sent. */
  readonly requests: string[];
  /** Stores a manifest under a path; returns its digest. */
  readonly plant: (path: string, content: string, tag?: string) => string;
}

interface StoredManifest {
  readonly body: Buffer;
  readonly mediaType: string;
}

export interface RegistryScript {
  readonly authentication?: 'none' | 'basic' | 'bearer';
  readonly login?: { readonly username: string; readonly password: string };
  /** Takes a request instead of the registry: true when it has answered. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Changes what is told about a digest: null tells nothing. */
  readonly toldDigest?: (digest: string) => string | null;
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** The realm of bearer challenges, when it isn't this server's own `/token`. */
  readonly realm?: string;
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const token = 'scripted-token';

export async function startScriptedRegistry(
  script: RegistryScript = {},
): Promise<ScriptedRegistry> {
  const manifests = new Map<string, StoredManifest>();
  const tags = new Map<string, string>();
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    const scheme = request.headers.authorization?.split(' ')[0];
    requests.push(`${request.method} ${request.url}${scheme === undefined ? '' : ` (${scheme})`}`);
    if (script.intercept?.(request, response) === true) return;
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const { tls } = script;
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ cert: tls.certificate, key: tls.key }, listener);
  server.listen(0, 'localhost');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  return { host, manifests, tags, requests, plant };

  function plant(path: string, content: string, tag?: string): string {
    const body = Buffer.from(content);
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    manifests.set(`${path}@${digest}`, { body, mediaType: manifestType });
    if (tag !== undefined) tags.set(`${path}:${tag}`, digest);
    return digest;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${host}`);
    if (url.pathname === '/token') return answerToken(request, response);
    const [, path = '', name = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url.pathname) ?? [];
    if (!isAuthorized(request)) return challenge(response, path);
    if (request.method === 'PUT') {
      const content = await buffer(request);
      const digest = plant(path, content.toString('utf8'), name);
      response.writeHead(201, { 'docker-content-digest': digest }).end();
      return;
    }
    const digest = name.startsWith('sha256:') ? name : tags.get(`${path}:${name}`);
    const manifest = manifests.get(`${path}@${digest}`);
    if (manifest === undefined || digest === undefined) {
      response.writeHead(404).end();
      return;
    }
    const told = script.toldDigest === undefined ? digest : script.toldDigest(digest);
    if (told !== null) response.setHeader('docker-content-digest', told);
    response.setHeader('content-type', manifest.mediaType);
    response.end(request.method === 'HEAD' ? undefined : manifest.body);
  }

  function isAuthorized(request: IncomingMessage): boolean {
    const given = request.headers.authorization;
    if (script.authentication === 'basic') return given === basic();
    if (script.authentication === 'bearer') return given === `Bearer ${token}`;
    return true;
  }

  function basic(): string {
    const { username = '', password = '' } = script.login ?? {};
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  function answerToken(request: IncomingMessage, response: ServerResponse): void {
    if (script.login !== undefined && request.headers.authorization !== basic()) {
      response.writeHead(401).end();
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ token }));
  }

  function challenge(response: ServerResponse, path: string): void {
    const realm = script.realm ?? `${tls === undefined ? 'http' : 'https'}://${host}/token`;
    const header =
      script.authentication === 'basic'
        ? 'Basic realm="scripted"'
        : `Bearer realm="${realm}",service="scripted",scope="repository:${path}:pull,push"`;
    response.writeHead(401, { 'www-authenticate': header }).end();
  }
}
