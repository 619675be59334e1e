import { expect, onTestFinished, test } from 'vitest';
import type { HealthSources } from '../../../worker/health/health.ts';
import { startHealthServer } from '../../../worker/health/server.ts';

async function serve(state: string): Promise<string> {
  const sources: HealthSources = {
    workers: () => [{ taskQueue: 'builds', state }],
    podsKnown: () => null,
    askTemporal: () => Promise.resolve({}),
  };
  const server = await startHealthServer({ host: '127.0.0.1', port: 0 }, sources);
  onTestFinished(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

test.each([
  ['/healthz', 'RUNNING', 200, { builds: 'RUNNING' }],
  ['/readyz', 'RUNNING', 200, { builds: 'RUNNING', temporal: 'reachable' }],
  ['/healthz', 'DRAINING', 200, { builds: 'DRAINING' }],
  ['/readyz', 'DRAINING', 503, { builds: 'DRAINING', temporal: 'reachable' }],
  ['/healthz', 'FAILED', 503, { builds: 'FAILED' }],
  ['/metrics', 'RUNNING', 404, {}],
])('%s of a process that is %s answers %i', async (path, state, status, body) => {
  const answer = await fetch(`${await serve(state)}${path}`);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.json()).toEqual(body);
});

test('nothing can be posted', async () => {
  const answer = await fetch(`${await serve('RUNNING')}/readyz`, { method: 'POST' });
  expect(answer.status).toBe(405);
});

test('an address that is taken is an error at the start', async () => {
  const port = Number(new URL(await serve('RUNNING')).port);
  const sources = { workers: () => [], podsKnown: () => null, askTemporal: () => null };
  await expect(startHealthServer({ host: '127.0.0.1', port }, sources)).rejects.toThrow(
    'EADDRINUSE',
  );
});
