import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { ApiException, type KubeConfig } from '@kubernetes/client-node';
import { kubernetesFailure } from './kubernetes-failure.ts';
import type { LogOptions, PodIdentity } from './kubernetes.ts';

/**
 * The log as a stream whose errors reach its reader: the client library's own `Log` pipes into a
 * stream and leaves an error of the connection without a handler.
 *
 * Throws `ClusterUnavailable`.
 */
export async function openLog(
  config: KubeConfig,
  pod: PodIdentity,
  container: string,
  options: LogOptions,
): Promise<Readable | null> {
  const action = `reading the log of ${pod.namespace}/${pod.name}, container ${container}`;
  const response = await request(config, pod, container, options).catch((error: unknown) => {
    if (options.signal.aborted) throw error;
    throw kubernetesFailure(action, error);
  });
  const status = response.statusCode ?? 0;
  if (status === 200) return response;
  response.resume();
  // 400: the container has not started; 404: no such Pod, or its log is gone.
  if (status === 400 || status === 404) return null;
  throw kubernetesFailure(action, new ApiException(status, action, undefined, {}));
}

async function request(
  config: KubeConfig,
  pod: PodIdentity,
  container: string,
  { follow, patience = 30_000, signal }: LogOptions,
): Promise<IncomingMessage> {
  const server = config.getCurrentCluster()?.server ?? '';
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log`;
  const url = new URL(`${server.replace(/\/$/, '')}${path}`);
  url.searchParams.set('container', container);
  if (follow) url.searchParams.set('follow', 'true');
  // What is not followed comes at once: a node that does not answer must not hold the reader.
  const requestOptions: https.RequestOptions = { signal, ...(follow ? {} : { timeout: patience }) };
  await config.applyToHTTPSOptions(requestOptions);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const client = url.protocol === 'http:' ? http : https;
  const sent = client.get(url, requestOptions, resolve);
  sent.on('error', reject);
  sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${patience / 1_000} s`)));
  return promise;
}
