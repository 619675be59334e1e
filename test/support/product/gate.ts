import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP address that answers when the test says so: a RUN that asks it stands still till then. */
export interface Gate extends AsyncDisposable {
  /** A RUN instruction that waits at the gate and changes nothing. */
  readonly instruction: string;
  /** Answers whoever waits and everybody after. */
  open(): void;
  /** Resolves when the given number of requests has come. */
  reached(count?: number): Promise<void>;
}

/** @param host an address of this machine that Pods reach */
export async function openGate(host: string): Promise<Gate> {
  const waiting: ServerResponse[] = [];
  const arrivals: (() => void)[] = [];
  let isOpen = false;
  let count = 0;
  const server = createServer((_request, response) => {
    count += 1;
    for (const arrival of arrivals) arrival();
    if (isOpen) response.end('go on');
    else waiting.push(response);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    instruction: `RUN wget -q -O /dev/null http://${host}:${port}/`,
    open() {
      isOpen = true;
      for (const response of waiting) response.end('go on');
    },
    reached: (wanted = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (count >= wanted) resolve();
        };
        arrivals.push(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
