import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { KubeConfig, type V1PodStatus } from '@kubernetes/client-node';

/**
 * A stand-in for the Kubernetes API: Pods, their logs, events and nodes over the real protocol
 * (list, watch, conflict, preconditions, graceful deletion). It has no scheduler and no kubelet:
 * what happens to a Pod is the test's to say.
 */
export interface ScriptedKubernetes {
  readonly config: KubeConfig;
  /** `METHOD path?query` of each request, in order. */
  readonly requests: string[];
  readonly pods: () => readonly WirePod[];
  /** Gives the Pod a status, and a node when named; a watch tells of it. */
  setStatus(name: string, status: V1PodStatus, nodeName?: string): void;
  /** Removes the object, as the kubelet does at the end of a deletion. */
  remove(name: string): void;
  /** The log so far; a reader that follows gets what is appended until `endLog`. */
  appendLog(name: string, container: string, text: string): void;
  endLog(name: string, container: string): void;
  /** A new file of the log, as a node begins one: what is opened from now on has this alone. */
  rotateLog(name: string, container: string, text: string): void;
  /** Breaks the log streams that are open. */
  cutLogs(): void;
  /** The log streams that are open stay so, and nothing comes over them any more. */
  muteLogs(): void;
  setNode(name: string, ready: 'True' | 'False' | 'Unknown', since: Date): void;
  addWarning(podName: string, reason: string, message: string): void;
  /** The next request whose `METHOD path` contains `part` gets this answer instead. */
  failNext(part: string, code: number, message: string, reason?: string): void;
  /** So do all requests from now on. */
  failAlways(part: string, code: number, message: string): void;
  /** The next request whose `METHOD path` contains `part` is answered now and heard when the result is called. */
  holdNext(part: string): () => void;
  /** Closes every watch, as a server does that restarts. */
  dropWatches(): void;
  /** Ends every watch with 410 Gone, as a server does that has compacted its history. */
  expireWatches(): void;
  readonly watches: () => number;
  stop(): Promise<void>;
}

/** A Pod as it is on the wire: JSON, so times are text. */
interface WirePod {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly initContainers?: readonly { readonly env?: readonly object[] }[];
    readonly containers: readonly { readonly args?: readonly string[] }[];
  };
  readonly status?: object;
}

interface Log {
  text: string;
  ended: boolean;
  readonly readers: Set<ServerResponse>;
}
interface Event {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: WirePod;
  readonly version: number;
}

export async function startScriptedKubernetes(): Promise<ScriptedKubernetes> {
  const pods = new Map<string, WirePod>();
  const logs = new Map<string, Log>();
  const nodes = new Map<string, object>();
  const warnings: object[] = [];
  const failures: { part: string; code: number; body: object; stays?: boolean }[] = [];
  const holds: { part: string; released: Promise<void> }[] = [];
  const requests: string[] = [];
  const history: Event[] = [];
  const watches = new Set<ServerResponse>();
  let version = 100;
  let oldestVersion = 0;

  function publish(type: Event['type'], pod: WirePod): WirePod {
    version += 1;
    const metadata = { ...pod.metadata, resourceVersion: String(version) };
    const object: WirePod = JSON.parse(JSON.stringify({ ...pod, metadata }));
    if (type === 'DELETED') pods.delete(metadata.name);
    else pods.set(metadata.name, object);
    history.push({ type, object, version });
    for (const watch of watches) watch.write(`${JSON.stringify({ type, object })}\n`);
    return object;
  }

  function logOf(name: string, container: string): Log {
    const key = `${name}/${container}`;
    const log = logs.get(key) ?? { text: '', ended: false, readers: new Set() };
    logs.set(key, log);
    return log;
  }

  function existing(name: string): WirePod {
    const pod = pods.get(name);
    if (pod === undefined) throw new Error(`the test names a Pod that is not there: ${name}`);
    return pod;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const line = `${request.method} ${url.pathname}${url.search}`;
    requests.push(line);
    const held = holds.findIndex(({ part }) => line.includes(part));
    if (held !== -1) holdBack(response, holds.splice(held, 1)[0]?.released);
    const planned = failures.findIndex(({ part }) => line.includes(part));
    if (planned !== -1) {
      const { code = 500, body = {}, stays = false } = failures[planned] ?? {};
      if (!stays) failures.splice(planned, 1);
      return send(response, code, body);
    }
    const [, , kind = '', second = '', , podName = '', log] = url.pathname.split('/').slice(1);
    if (kind === 'nodes') return sendFound(response, nodes.get(second));
    if (url.pathname.endsWith('/events')) {
      const uid = /involvedObject\.uid=([^,]+)/.exec(
        url.searchParams.get('fieldSelector') ?? '',
      )?.[1];
      return send(response, 200, {
        items: warnings.filter((item) => JSON.stringify(item).includes(uid ?? 'none')),
      });
    }
    if (log === 'log') return sendLog(response, podName, url.searchParams);
    if (request.method === 'POST') return create(response, (await json(request)) as WirePod);
    if (request.method === 'DELETE') {
      return remove(response, podName, (await json(request)) as DeleteBody);
    }
    if (url.searchParams.get('watch') === 'true') return watch(response, url.searchParams);
    if (podName !== '') return sendFound(response, pods.get(podName));
    send(response, 200, {
      metadata: { resourceVersion: String(version) },
      items: [...pods.values()].filter((pod) => selected(pod, url.searchParams)),
    });
  }

  function create(response: ServerResponse, pod: WirePod): void {
    const { name } = pod.metadata;
    if (pods.has(name)) {
      return send(response, 409, status(409, `pods "${name}" already exists`, 'AlreadyExists'));
    }
    const born = { uid: randomUUID(), creationTimestamp: new Date().toISOString() };
    const metadata = { ...pod.metadata, ...born };
    send(response, 201, publish('ADDED', { ...pod, metadata, status: { phase: 'Pending' } }));
  }

  interface DeleteBody {
    readonly gracePeriodSeconds?: number;
    readonly preconditions?: { readonly uid?: string };
  }

  function remove(response: ServerResponse, name: string, body: DeleteBody): void {
    const pod = pods.get(name);
    if (pod === undefined) return sendFound(response, undefined);
    const uid = body.preconditions?.uid;
    if (uid !== undefined && uid !== pod.metadata.uid) {
      return send(
        response,
        409,
        status(409, 'the UID in the precondition does not match', 'Conflict'),
      );
    }
    // Without a node there is no kubelet to wait for.
    if (body.gracePeriodSeconds === 0 || pod.spec.nodeName === undefined) {
      return send(response, 200, publish('DELETED', pod));
    }
    const metadata = { ...pod.metadata, deletionTimestamp: new Date().toISOString() };
    send(response, 200, publish('MODIFIED', { ...pod, metadata }));
  }

  function watch(response: ServerResponse, query: URLSearchParams): void {
    const from = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    if (from < oldestVersion) {
      const object = status(410, 'too old resource version', 'Expired');
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    response.flushHeaders();
    for (const { type, object, version: at } of history) {
      if (at > from && selected(object, query)) {
        response.write(`${JSON.stringify({ type, object })}\n`);
      }
    }
    watches.add(response);
    response.on('close', () => watches.delete(response));
  }

  function sendLog(response: ServerResponse, podName: string, query: URLSearchParams): void {
    const log = logs.get(`${podName}/${query.get('container')}`);
    if (!pods.has(podName)) return sendFound(response, undefined);
    if (log === undefined)
      return send(response, 400, status(400, 'waiting to start', 'BadRequest'));
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(log.text);
    if (query.get('follow') !== 'true' || log.ended) {
      response.end();
      return;
    }
    log.readers.add(response);
    response.on('close', () => log.readers.delete(response));
  }

  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'scripted', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
    users: [{ name: 'test' }],
    contexts: [{ name: 'scripted', cluster: 'scripted', user: 'test' }],
    currentContext: 'scripted',
  });

  return {
    config,
    requests,
    pods: () => [...pods.values()],
    setStatus(name, podStatus, nodeName) {
      const pod = existing(name);
      const spec = { ...pod.spec, ...(nodeName === undefined ? {} : { nodeName }) };
      publish('MODIFIED', { ...pod, spec, status: podStatus });
    },
    remove(name) {
      publish('DELETED', existing(name));
    },
    appendLog(name, container, text) {
      const log = logOf(name, container);
      log.text += text;
      for (const reader of log.readers) reader.write(text);
    },
    endLog(name, container) {
      const log = logOf(name, container);
      log.ended = true;
      for (const reader of log.readers) reader.end();
    },
    rotateLog(name, container, text) {
      logOf(name, container).text = text;
    },
    muteLogs() {
      for (const { readers } of logs.values()) readers.clear();
    },
    cutLogs() {
      for (const { readers } of logs.values()) for (const reader of readers) reader.destroy();
    },
    setNode(name, ready, since) {
      const condition = { type: 'Ready', status: ready, lastTransitionTime: since.toISOString() };
      nodes.set(name, { metadata: { name }, status: { conditions: [condition] } });
    },
    addWarning(podName, reason, message) {
      const involvedObject = { uid: existing(podName).metadata.uid };
      warnings.push({ metadata: {}, involvedObject, reason, message, type: 'Warning' });
    },
    failNext(part, code, message, reason = '') {
      failures.push({ part, code, body: status(code, message, reason) });
    },
    holdNext(part) {
      const { promise, resolve } = Promise.withResolvers<void>();
      holds.push({ part, released: promise });
      return resolve;
    },
    failAlways(part, code, message) {
      failures.push({ part, code, body: status(code, message, ''), stays: true });
    },
    dropWatches() {
      for (const watching of watches) watching.destroy();
      watches.clear();
    },
    expireWatches() {
      oldestVersion = version + 1;
      version += 1;
      const object = status(410, 'too old resource version', 'Expired');
      for (const watching of watches) {
        watching.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      }
      watches.clear();
    },
    watches: () => watches.size,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function selected(pod: WirePod, query: URLSearchParams): boolean {
  const terms = (query.get('labelSelector') ?? '').split(',').filter((term) => term !== '');
  return terms.every((term) => {
    const [key = '', value] = term.split('=');
    return pod.metadata.labels?.[key] === value;
  });
}

function status(code: number, message: string, reason: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message, reason };
}

function sendFound(response: ServerResponse, object: object | undefined): void {
  if (object === undefined) return send(response, 404, status(404, 'not found', 'NotFound'));
  send(response, 200, object);
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function holdBack(response: ServerResponse, released: Promise<void> | undefined): void {
  const end = response.end.bind(response);
  response.end = (...text: readonly unknown[]) => {
    void released?.then(() => end(...(text as [string])));
    return response;
  };
}
