import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { KubeConfig } from '@kubernetes/client-node';
import { onTestFinished } from 'vitest';

import type { KubeContext } from '../../dev/kube-context/kubeconfig.ts';

interface ScriptedAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** What the server answers: by `METHOD path` without the query; the last of several stays. */
type Script = Readonly<Record<string, ScriptedAnswer | readonly ScriptedAnswer[]>>;

export interface ScriptedCluster {
  readonly context: KubeContext;
  /** `METHOD path?query` of each request, in order. */
  readonly requests: readonly string[];
  /** Bodies of the requests that had one, by `METHOD path`. */
  readonly bodies: ReadonlyMap<string, unknown>;
  readonly headers: readonly IncomingMessage['headers'][];
}

/** An API server that answers as it is told, 404 where it isn't. It has a version. */
export async function scriptedCluster(script: Script): Promise<ScriptedCluster> {
  const requests: string[] = [];
  const bodies = new Map<string, unknown>();
  const headers: IncomingMessage['headers'][] = [];
  const asked = new Map<string, number>();
  const all: Script = { 'GET /version': { status: 200, body: {} }, ...script };
  const server = createServer((request, response) => {
    void text(request).then((sent) => {
      const { method = '', url = '' } = request;
      const path = `${method} ${url.replace(/\?.*$/, '')}`.replaceAll(
        /slipway-probe-[0-9a-f]+/g,
        'PROBE',
      );
      requests.push(`${method} ${url}`);
      headers.push(request.headers);
      if (sent !== '') bodies.set(path, JSON.parse(sent));
      const answers = [all[path] ?? { status: 404, body: {} }].flat();
      const count = asked.get(path) ?? 0;
      asked.set(path, count + 1);
      const answer = answers[Math.min(count, answers.length - 1)];
      const body = answer?.body ?? {};
      response
        .writeHead(answer?.status ?? 500)
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { context: contextOf(url), requests, bodies, headers };
}

/** A context `mine` for a server; a token is its login. */
export function contextOf(server: string): KubeContext {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    // The client wants to be asked for plain http this way.
    { name: 'mine', server, skipTLSVerify: true },
    { name: 'mine', token: 'planted-token' },
  );
  return { name: 'mine', file: '/home/me/.kube/config', server, config };
}
