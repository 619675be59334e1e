import { WorkflowFailedError } from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { connect } from '../../client/connect.ts';
import { diagnose } from '../../client/diagnose.ts';
import { ServiceUnreachable } from '../../client/errors.ts';
import type { DiagnoseInput, DiagnosticCheck } from '../../workflows/contract/activities.ts';
import { definition, parsed } from '../definition/definitions.ts';
import { openRefusingTemporal, type Refusal } from '../support/refusing-temporal.ts';
import { grpcError, standInClient } from './stand-in.ts';

const temporal: DiagnosticCheck = {
  name: 'Temporal temporal.example.com:7233, namespace default',
  status: 'ok',
  detail: 'answers',
  remedy: null,
};
const store: DiagnosticCheck = { name: 'store', status: 'ok', detail: 'answers', remedy: null };

const names = (checks: readonly DiagnosticCheck[]): readonly string[] =>
  checks.map(({ name, status }) => `${status} ${name}`);

describe('a diagnosis', () => {
  const queues = [
    'worker for workflows (task queue slipway)',
    'worker for sources (task queue slipway-source)',
    'worker for Pods (task queue slipway-pods)',
  ];

  test('begins with the Temporal that is asked, then its workers, then what one of them finds', async () => {
    const client = standInClient({}, { pollers: () => 2, diagnose: async () => [store] });
    const checks = await diagnose(client, null);
    expect(checks[0]).toEqual(temporal);
    expect(names(checks.slice(1))).toEqual([...queues.map((name) => `ok ${name}`), 'ok store']);
  });

  test('asks for each thing that an application needs, once', async () => {
    const application = parsed(
      definition(
        '{ name: a, pushSecret: push, pullSecret: pull, cache: { repository: e.com/cache } }',
        '{ name: b, pullSecret: pull, secrets: [{ id: x, secret: npm, key: k }] }',
        '{ name: c, image: "e.com/proxy:1", pullSecret: pull }',
      ),
    );
    const asked: DiagnoseInput[] = [];
    const record = async (input: DiagnoseInput) => {
      asked.push(input);
      return [store];
    };
    await diagnose(standInClient({}, { pollers: () => 1, diagnose: record }), application);
    expect(asked).toEqual([
      {
        sources: [{ git: 'https://git.example.com/shop.git', ref: 'main' }],
        repositories: [
          { repository: 'registry.example.com/shop/api-a', pushSecret: 'push' },
          { repository: 'registry.example.com/shop/api-b', pushSecret: null },
          { repository: 'e.com/cache', pushSecret: 'push' },
        ],
        buildSecrets: [{ secret: 'npm', key: 'k' }],
        pullSecrets: ['pull'],
        images: [{ image: 'e.com/proxy:1', pullSecret: 'pull' }],
      },
    ]);
  });

  test('ends at a worker that is missing', async () => {
    const client = standInClient({}, { pollers: (queue) => (queue === 'slipway' ? 0 : 1) });
    const [first, workflows, ...rest] = await diagnose(client, null);
    expect(first).toEqual(temporal);
    expect(workflows).toMatchObject({ status: 'failed', detail: 'no worker polls it' });
    expect(names(rest)).toEqual(queues.slice(1).map((name) => `ok ${name}`));
  });

  test('tells of a diagnosis that failed', async () => {
    const failed = new WorkflowFailedError(
      'failed',
      new Error('no such activity'),
      RetryState.NON_RETRYABLE_FAILURE,
    );
    const client = standInClient({}, { pollers: () => 1, diagnose: () => Promise.reject(failed) });
    expect((await diagnose(client, null)).at(-1)).toMatchObject({
      name: 'diagnosis by the worker',
      status: 'failed',
      detail: 'no such activity',
    });
  });

  test('keeps what it knows where it may not start one', async () => {
    const denied = grpcError(7, 'no right to start workflows');
    const client = standInClient({}, { pollers: () => 1, diagnose: () => Promise.reject(denied) });
    const checks = await diagnose(client, null);
    expect(checks).toHaveLength(5);
    expect(checks.at(-1)).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('no right to start workflows') as string,
      remedy: expect.stringContaining('TEMPORAL_API_KEY') as string,
    });
  });

  test('is none where Temporal is away', async () => {
    const away = grpcError(14, 'no connection');
    const client = standInClient({}, { pollers: () => 1, diagnose: () => Promise.reject(away) });
    await expect(diagnose(client, null)).rejects.toThrow(ServiceUnreachable);
  });
});

describe('of a Temporal that', () => {
  test.each<[string, Refusal, string, string]>([
    [
      'does not know the namespace',
      { code: 5, message: 'Namespace nowhere is not found.', missingNamespace: 'nowhere' },
      'there is no such namespace',
      'TEMPORAL_NAMESPACE',
    ],
    [
      'does not permit it',
      { code: 7, message: 'Request unauthorized.' },
      'Request unauthorized.',
      'TEMPORAL_API_KEY',
    ],
  ])('%s, the check says so, and what to do', async (_what, refusal, detail, remedy) => {
    await using server = await openRefusingTemporal(refusal);
    const { address } = server;
    const client = await connect({ environment: {}, address, namespace: 'nowhere' });
    const checks = await diagnose(client, null);
    await client.close();
    expect(checks).toEqual([
      {
        name: `Temporal ${address}, namespace nowhere`,
        status: 'failed',
        detail: expect.stringContaining(detail) as string,
        remedy: expect.stringContaining(remedy) as string,
      },
    ]);
  });
});
