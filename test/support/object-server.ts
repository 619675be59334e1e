import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPresignReads } from '../../activities/store/presign-reads.ts';
import type { PresignReadsInput, PresignReadsOutput } from '../../workflows/contract/activities.ts';
import { runActivity } from './activity.ts';

/** An object store that is read by URLs, as far as a client sees it, with the activity that makes them. */
export interface ObjectServer extends AsyncDisposable {
  /** By key; a test changes it as it goes. */
  readonly objects: Map<string, Buffer | string>;
  /** Keys that were asked for, with the range where there was one. */
  readonly requests: string[];
  /** Answers the next requests instead of the objects; each for one request. */
  readonly interceptors: ((response: ServerResponse) => void)[];
  readonly presignReads: (input: PresignReadsInput) => Promise<PresignReadsOutput>;
  url(key: string): string;
}

export async function openObjectServer(
  initial: Readonly<Record<string, Buffer | string>> = {},
): Promise<ObjectServer> {
  const objects = new Map(Object.entries(initial));
  const requests: string[] = [];
  const interceptors: ObjectServer['interceptors'] = [];
  const server = createServer((request, response) => {
    const key = decodeURIComponent((request.url ?? '/').slice(1).replace(/\?.*$/, ''));
    const { range } = request.headers;
    requests.push(range === undefined ? key : `${key} ${range}`);
    const interceptor = interceptors.shift();
    if (interceptor !== undefined) return interceptor(response);
    const content = objects.get(key);
    if (content === undefined) return response.writeHead(404).end('<Code>NoSuchKey</Code>');
    const bytes = Buffer.from(content);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from > 0 && from >= bytes.length) return response.writeHead(416).end();
    return response.writeHead(from === 0 ? 200 : 206).end(bytes.subarray(from));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = (key: string): string =>
    `http://127.0.0.1:${port}/${encodeURIComponent(key)}?X-Amz-Signature=planted`;
  const presign = createPresignReads({
    store: { presignGet: async (key) => url(key) },
    settings: { caBundle: null },
  });
  return {
    objects,
    requests,
    interceptors,
    url,
    presignReads: (input) => runActivity(presign, input),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
