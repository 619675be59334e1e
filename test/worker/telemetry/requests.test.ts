import { once } from 'node:events';
import http, { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Metrics } from '../../../worker/telemetry/metrics.ts';
import { countRequests } from '../../../worker/telemetry/requests.ts';

let server: Server;
let origin = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.method === 'POST' ? 201 : 200;
    if (request.url === '/endless') response.write('more');
    else response.end('done');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What is counted from now on, as `service verb resource code`. */
function counting(
  kubernetes: string,
  store: string,
): { readonly counted: string[]; readonly stop: () => void } {
  const counted: string[] = [];
  const metrics: Metrics = {
    record(_name, _value, labels = {}) {
      const { service, verb, resource, code } = labels;
      counted.push([service, verb, resource, code].join(' '));
    },
  };
  const stop = countRequests({ kubernetes, store }, metrics);
  onTestFinished(stop);
  return { counted, stop };
}

test.each([
  ['undici', undiciFetch as typeof fetch],
  ['Node’s fetch', fetch],
])('requests of %s are counted', async (_name, ask) => {
  const { counted } = counting(origin, 'https://store.test');
  await ask(`${origin}/api/v1/namespaces/a/pods`).then((answer) => answer.text());
  await ask(`${origin}/api/v1/namespaces/a/pods`, { method: 'POST', body: '{}' });
  expect(counted).toEqual(['kubernetes list pods 200', 'kubernetes create pods 201']);
});

test('requests of node:http are counted', async () => {
  const { counted } = counting('https://kubernetes.test', origin);
  const [answer] = (await once(http.get(`${origin}/slipway/key`), 'response')) as [
    http.IncomingMessage,
  ];
  answer.resume();
  await once(answer, 'end');
  expect(counted).toEqual(['store GET none 200']);
});

test('a request without an answer is counted as that', async () => {
  const { counted } = counting('http://127.0.0.1:1', 'https://store.test');
  await expect(undiciFetch('http://127.0.0.1:1/api/v1/nodes/a')).rejects.toThrow('fetch failed');
  await once(http.get('http://127.0.0.1:1/api/v1/nodes/a'), 'error');
  expect(counted).toContain('kubernetes get nodes none');
});

test('an answer that is broken off is counted once', async () => {
  const { counted } = counting('https://kubernetes.test', origin);
  const ending = new AbortController();
  const request = http.get(`${origin}/endless`, { signal: ending.signal });
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  const broken = once(answer, 'error');
  ending.abort();
  await broken;
  expect(counted).toEqual(['store GET none 200']);
});

test('nothing is counted after the end', async () => {
  const { counted, stop } = counting(origin, 'https://store.test');
  stop();
  await fetch(origin).then((answer) => answer.text());
  expect(counted).toEqual([]);
});
