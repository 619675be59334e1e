import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, inject, onTestFinished, test } from 'vitest';
import { useBuildPods } from './build-pods.ts';

const local = inject('environment');
const { inputFor, run } = useBuildPods();
const bridge = local.registry.host.replace(/:\d+$/, '');

/** A proxy that Pods reach: it tunnels to whatever is asked for, and says what that was. */
async function startProxy(): Promise<{ url: string; asked: ReadonlySet<string> }> {
  const asked = new Set<string>();
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (request, socket: Socket) => {
    const [host = '', port = ''] = (request.url ?? '').split(':');
    asked.add(`${host}:${port}`);
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  server.listen(0, bridge);
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://${bridge}:${(server.address() as AddressInfo).port}`, asked };
}

test('a Buildah Pod goes through the proxy but where it must not, and so does its RUN', async () => {
  const proxy = await startProxy();
  const { host: store } = new URL(local.store.endpoint);
  const input = await inputFor({
    dockerfile: 'FROM busybox\nRUN echo "proxy: $https_proxy, not $NO_PROXY"\n',
  });
  const settings = { proxy: { https: proxy.url, http: null, noProxy: [store] } };
  const { outcome, log } = await run(input, settings);
  expect({ ...outcome, text: log }).toMatchObject({ kind: 'succeeded' });
  expect(proxy.asked).toEqual(new Set([local.registry.host]));
  expect(log).toContain(`proxy: ${proxy.url}, not ${store}\n`);
});
