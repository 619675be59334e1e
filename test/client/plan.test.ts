import { WorkflowFailedError } from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import { describe, expect, test, vi } from 'vitest';
import { InvalidBuildId } from '../../client/errors.ts';
import { planBuild, type PlanOptions } from '../../client/plan.ts';
import type { ContainerPlan } from '../../workflows/contract/messages.ts';
import { parsed } from '../definition/definitions.ts';
import { openObjectServer } from '../support/object-server.ts';
import { buildResult, containerResult, digest, failureResult } from '../support/results.ts';
import { standInClient, type ScriptedWorkflow, type StandInParts } from './stand-in.ts';

const application = parsed(
  [
    'apiVersion: slipway/v1',
    'kind: Application',
    'metadata: { name: shop }',
    'spec:',
    '  registry: registry.example.com/shop',
    '  source: { git: https://git.example.com/shop.git, ref: main }',
    '  components:',
    '    - { name: api, containers: [{ name: server }] }',
    '    - { name: web, containers: [{ name: site }, { name: proxy, image: busybox }] }',
    '',
  ].join('\n'),
);

function planOf(component: string, name: string, dockerfile: string | null): ContainerPlan {
  return {
    component,
    name,
    result: containerResult({ name }),
    commit: 'c'.repeat(40),
    rendered:
      dockerfile === null
        ? null
        : {
            context: { object: 'contexts/a.tar.gz', digest, size: 1 },
            dockerfile: { object: dockerfile, digest },
            bases: [],
            builder: { name: 'kaniko', image: 'kaniko@sha256:0' },
            inputDigest: digest,
          },
    warnings: [],
  };
}

const plans: Readonly<Record<string, readonly ContainerPlan[]>> = {
  api: [planOf('api', 'server', 'dockerfiles/server')],
  web: [planOf('web', 'site', 'dockerfiles/site'), planOf('web', 'proxy', null)],
};
const { components: _, ...summary } = buildResult([], { status: 'succeeded' });
const ended: ScriptedWorkflow = {
  status: () => 'COMPLETED',
  summary: () => ({ ...summary, components: [], warnings: [], mode: 'plan' }),
  plan: (component) => plans[component] ?? [],
  result: () => Promise.resolve(),
};

async function planned(
  options: PlanOptions = {},
  script: ScriptedWorkflow = ended,
  parts: StandInParts = {},
) {
  const start = vi.fn<(...args: readonly unknown[]) => Promise<void>>();
  const client = standInClient({ 'shop/p1': script }, { start, ...parts });
  const plan = await planBuild(client, application, { key: 'p1', ...options });
  return { plan, client, started: start.mock.calls[0]?.[1] };
}

describe('a plan', () => {
  test('is a build that stops before its first Pod', async () => {
    const force = [{ component: 'api', container: 'server' }];
    const { plan, started } = await planned({ force });
    expect(started).toMatchObject({
      workflowId: 'shop/p1',
      args: [{ application, force, mode: 'plan' }],
      staticSummary: 'plan of shop: 3 containers',
      memo: { slipwayBuild: { mode: 'plan', trigger: null } },
    });
    expect(plan).toEqual({
      buildId: 'shop/p1',
      application: 'shop',
      containers: [...plans['api']!, ...plans['web']!],
      failure: null,
    });
  });

  test('is named as one where no key is given', async () => {
    const start = vi.fn<(...args: readonly unknown[]) => Promise<void>>();
    // No workflow is scripted under a fresh id.
    await planBuild(standInClient({}, start), application).catch(() => undefined);
    expect(start.mock.calls[0]?.[1]).toMatchObject({
      workflowId: expect.stringMatching(/^shop\/plan-\d{8}-\d{6}-[a-z0-9]{6}$/),
    });
  });

  test('tells what the build would fail of', async () => {
    const failure = failureResult('VersionExists');
    const { plan } = await planned(
      {},
      {
        ...ended,
        status: () => 'FAILED',
        summary: () => ({
          ...summary,
          status: 'failed',
          components: [],
          warnings: [],
          mode: 'plan',
          failure,
        }),
        result: () =>
          Promise.reject(
            new WorkflowFailedError('failed', undefined, RetryState.NON_RETRYABLE_FAILURE),
          ),
      },
    );
    expect(plan.failure).toEqual(failure);
    expect(plan.containers).toHaveLength(3);
  });

  test('has the rendered Dockerfiles where they are asked for', async () => {
    await using objects = await openObjectServer({ 'dockerfiles/server': 'FROM busybox@sha256:1' });
    const { plan } = await planned({ dockerfiles: true }, ended, { presign: objects.presignReads });
    // That of `site` has expired in the store.
    expect(plan.dockerfiles).toEqual(new Map([['api/server', 'FROM busybox@sha256:1']]));
  });

  test('is cancelled by the caller’s signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const cancelled = Promise.withResolvers<void>();
    const planning = planned(
      { signal: controller.signal },
      {
        ...ended,
        result: () => {
          controller.abort(reason);
          return new Promise(() => {});
        },
        cancel: async () => cancelled.resolve(),
      },
    );
    await expect(planning).rejects.toBe(reason);
    await cancelled.promise;
  });

  test('is not begun after the signal, nor under a key that can be none', async () => {
    const reason = new Error('too late');
    await expect(planned({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(planned({ key: 'No Key' })).rejects.toThrow(InvalidBuildId);
  });
});
