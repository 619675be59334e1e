import { setImmediate } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { createTemporalExecutions } from '../../../activities/support/temporal-executions.ts';
import type { ComponentResult } from '../../../workflows/contract/build.ts';
import type { BuildSummary, ContainerPlan } from '../../../workflows/contract/messages.ts';

const summary: BuildSummary = {
  buildId: 'shop/b1',
  application: 'shop',
  version: '1.0.0',
  status: 'succeeded',
  components: ['api', 'web'],
  package: { object: 'applications/shop/1.0.0.zip', sha256: 'ab' },
  warnings: ['api/server: look at this'],
  trigger: { kind: 'retry', of: 'shop/b0' },
};
const source = { git: 'https://git.example.com/shop.git', ref: 'main', commit: 'a'.repeat(40) };

function componentOf(name: string): ComponentResult {
  return { name, status: 'succeeded', package: null, containers: [] };
}

function planOf(component: string): ContainerPlan {
  return {
    component,
    name: 'server',
    commit: source.commit,
    rendered: null,
    warnings: [],
    result: {
      name: 'server',
      init: false,
      status: 'built',
      image: null,
      digest: null,
      tags: [],
      inputDigest: null,
      attempts: [],
      failure: null,
    },
  };
}

/** Temporal's client as far as it is used here; more than one query at once is a breach. */
function standIn(answer: (name: string, component: string) => unknown) {
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const client = {
    withDeadline: (_: number, call: () => Promise<unknown>) => call(),
    workflow: {
      getHandle: (workflowId: string, runId: string) => ({
        describe: async () => ({ startTime: new Date('2026-11-22T10:00:00Z') }),
        query: async ({ name }: { readonly name: string }, component = '') => {
          asked.push(`${workflowId} ${runId} ${name} ${component}`.trim());
          most = Math.max(most, (open += 1));
          await setImmediate();
          open -= 1;
          return answer(name, component);
        },
      }),
    },
  };
  return { client: client as unknown as Client, asked, most: () => most };
}

function answers(name: string, component: string): unknown {
  if (name === 'build') return summary;
  if (name === 'sources') return [source];
  return name === 'component' ? componentOf(component) : [planOf(component)];
}

describe('createTemporalExecutions', () => {
  it("asks this run's queries and puts the answers together", async () => {
    const { client } = standIn(answers);
    const { warnings, ...rest } = summary;
    expect(await createTemporalExecutions(client).build('shop/b1', 'run-1')).toEqual({
      mode: 'build',
      result: { ...rest, components: [componentOf('api'), componentOf('web')] },
      sources: [source],
      containers: ['api', 'web'].map((component) => ({
        component,
        name: 'server',
        commit: source.commit,
        rendered: null,
        warnings: [],
      })),
      warnings,
      startedAt: '2026-11-22T10:00:00.000Z',
    });
  });

  it('asks one thing after the other', async () => {
    const { client, asked, most } = standIn(answers);
    await createTemporalExecutions(client).build('shop/b1', 'run-1');
    expect(most()).toBe(1);
    expect(asked).toEqual([
      'shop/b1 run-1 build',
      'shop/b1 run-1 sources',
      'shop/b1 run-1 component api',
      'shop/b1 run-1 plan api',
      'shop/b1 run-1 component web',
      'shop/b1 run-1 plan web',
    ]);
  });

  it('says that it was a plan', async () => {
    const { client } = standIn((name, component) =>
      name === 'build' ? { ...summary, mode: 'plan' } : answers(name, component),
    );
    const { mode, result } = await createTemporalExecutions(client).build('shop/b1', 'run-1');
    expect(mode).toBe('plan');
    expect(result).not.toHaveProperty('mode');
  });

  it('fails with what Temporal says', async () => {
    const { client } = standIn(() => {
      throw new Error('no poller seen');
    });
    await expect(createTemporalExecutions(client).build('shop/b1', 'run-1')).rejects.toThrow(
      'no poller seen',
    );
  });
});
