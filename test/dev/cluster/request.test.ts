import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { expectOk, send } from '../../../dev/cluster/request.ts';
import { issueAuthority, issueCertificate } from '../../../dev/credentials/issue.ts';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('a request', () => {
  test('has its method, headers and body, and gets status and body', async () => {
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => {
        response.writeHead(201);
        response.end(`${request.method} ${String(request.headers['x-mine'])} ${chunk.toString()}`);
      });
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const answer = await send(url, { method: 'POST', headers: { 'x-mine': 'a' }, body: 'b' });
    expect(answer).toEqual({ status: 201, body: 'POST a b' });
  });

  test('adds its own headers to those of the connection, and wins', async () => {
    const server = createServer((request, response) => {
      response.end(`${request.headers.authorization} ${request.headers.accept}`);
    });
    const answer = await send(`http://127.0.0.1:${await listen(server)}/`, {
      connection: { headers: { authorization: 'Bearer x', accept: 'theirs' } },
      headers: { accept: 'ours' },
    });
    expect(answer.body).toBe('Bearer x ours');
  });

  test('gives up on a server that says nothing', async () => {
    const server = createServer(() => undefined);
    const url = `http://127.0.0.1:${await listen(server)}/`;
    await expect(send(url, { timeout: 50 })).rejects.toThrow(`${url} gave no answer in time.`);
    server.closeAllConnections();
  });
});

describe('a request with TLS', () => {
  async function serve(): Promise<{ readonly url: string; readonly ca: string }> {
    const now = new Date();
    const authority = await issueAuthority('test', now);
    const pair = await issueCertificate(
      authority,
      { commonName: 'server', addresses: ['127.0.0.1'] },
      now,
    );
    const server = createTlsServer({ cert: pair.certificate, key: pair.key }, (_, response) => {
      response.end('trusted');
    });
    return { url: `https://127.0.0.1:${await listen(server)}/`, ca: authority.certificate };
  }

  test('trusts the authority that is named', async () => {
    const { url, ca } = await serve();
    expect(await send(url, { ca })).toEqual({ status: 200, body: 'trusted' });
    expect((await send(url, { connection: { ca } })).status).toBe(200);
  });

  test('trusts no other', async () => {
    const { url } = await serve();
    const { certificate: ca } = await issueAuthority('other', new Date());
    await expect(send(url, { ca })).rejects.toThrow(/certificate/);
    await expect(send(url)).rejects.toThrow(/certificate/);
  });
});

describe('expectOk', () => {
  test.each([201, 404, 503])('refuses %i and quotes the answer, not all of it', async (status) => {
    const server = createServer((_, response) => {
      response.writeHead(status).end(`etcd failed ${'x'.repeat(1000)}`);
    });
    const url = `http://127.0.0.1:${await listen(server)}/healthz`;
    const failure = await expectOk(url).then(() => '', String);
    expect(failure).toContain(`${url} answered ${status}: etcd failed`);
    expect(failure.length).toBeLessThan(500);
  });
});
