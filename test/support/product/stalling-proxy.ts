import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy that stops passing on what clients send once it has passed on so much. */
export interface StallingProxy extends AsyncDisposable {
  readonly port: number;
  /** Resolves when a client's bytes are held back. */
  readonly stalled: Promise<void>;
  /** Passes on everything from now on. */
  release(): void;
}

/**
 * @param target where the bytes go; the proxy listens on the same address, so that its certificate
 *   fits
 * @param bytes how many bytes of one connection are passed on before it stalls
 */
export async function startStallingProxy(
  target: { readonly host: string; readonly port: number },
  bytes: number,
): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let isReleased = false;
  let onStall: () => void = () => undefined;
  const stalled = new Promise<void>((resolve) => (onStall = resolve));
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    let passed = 0;
    client.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      upstream.write(chunk);
      if (isReleased || passed < bytes) return;
      client.pause();
      held.push(() => client.resume());
      onStall();
    });
  });
  server.listen(0, target.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stalled,
    release() {
      isReleased = true;
      for (const resume of held) resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
