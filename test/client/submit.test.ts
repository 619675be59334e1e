import {
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { InvalidBuildId, ServiceUnreachable } from '../../client/errors.ts';
import { planBuild } from '../../client/plan.ts';
import { submitBuild, submitOrFindBuild, type SubmitOptions } from '../../client/submit.ts';
import type { Application } from '../../workflows/contract/application.ts';
import type { BuildStatus } from '../../workflows/contract/build.ts';
import { definition, parsed } from '../definition/definitions.ts';
import { grpcError, standInClient, type ScriptedWorkflow } from './stand-in.ts';

const application = parsed(definition('{ name: migrate }', '{ name: server }'));

async function submitted(options?: SubmitOptions, what: Application = application) {
  const start = vi.fn<(...args: readonly unknown[]) => Promise<void>>();
  const client = { ...standInClient({}, start), taskQueue: 'builds' };
  const id = await submitBuild(client, what, options);
  expect(start).toHaveBeenCalledOnce();
  const [type, started] = start.mock.calls[0] ?? [];
  return { id, type, started: started as Readonly<Record<string, unknown>> };
}

describe('a submitted build', () => {
  test('is one workflow for application and key, running or ended', async () => {
    const { id, type, started } = await submitted({ key: 'release-1' });
    expect(id).toBe('shop/release-1');
    expect(type).toBe('buildApplication');
    expect(started).toMatchObject({
      workflowId: id,
      taskQueue: 'builds',
      args: [{ application, force: 'none' }],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  });

  test('is found by its application while it runs', async () => {
    const { started } = await submitted({ key: 'k' });
    const attributes = started['typedSearchAttributes'] as readonly {
      readonly key: { readonly name: string };
      readonly value: string;
    }[];
    expect(attributes.map(({ key, value }) => [key.name, value])).toEqual([
      ['SlipwayApplication', 'shop'],
      ['SlipwayPhase', 'running'],
    ]);
  });

  test.each([
    [null, 'shop: 2 containers'],
    ['1.4.0', 'shop 1.4.0: 2 containers'],
  ])('of version %s is "%s" in the Temporal UI', async (version, summary) => {
    const { started } = await submitted({}, { ...application, version });
    expect(started['staticSummary']).toBe(summary);
  });

  test('carries what is forced', async () => {
    const force = [{ component: 'api', container: 'server' }];
    const { started } = await submitted({ force });
    expect(started['args']).toEqual([{ application, force }]);
  });

  test('has a fresh key where none is given', async () => {
    const [one, other] = [await submitted(), await submitted()];
    expect(one.id).toMatch(/^shop\/\d{8}-\d{6}-[a-z0-9]{6}$/);
    expect(other.id).not.toBe(one.id);
  });
});

test('a key that can be none starts nothing', async () => {
  const bad = fc.string().filter((key) => !/^[a-z0-9-]{1,64}$/.test(key));
  await fc.assert(
    fc.asyncProperty(bad, async (key) => {
      const start = vi.fn<() => Promise<void>>();
      const submission = submitBuild(standInClient({}, start), application, { key });
      await expect(submission).rejects.toThrow(InvalidBuildId);
      expect(start).not.toHaveBeenCalled();
    }),
  );
});

describe('a build whose key is known', () => {
  const started = new WorkflowExecutionAlreadyStartedError('started', 'shop/k', 'buildApplication');
  const startTime = new Date('2026-11-22T10:00:00Z');
  const known = (script: ScriptedWorkflow) =>
    standInClient({ 'shop/k': { startTime, ...script } }, () => Promise.reject(started));
  const build = { slipwayBuild: { mode: 'build', trigger: null } };
  const plan = { slipwayBuild: { mode: 'plan', trigger: null } };

  test.each<[WorkflowExecutionStatusName, BuildStatus]>([
    ['RUNNING', 'running'],
    ['FAILED', 'failed'],
    ['COMPLETED', 'succeeded'],
  ])('is found when it is %s, and told as found', async (workflow, status) => {
    const client = known({ status: () => workflow, memo: build });
    expect(await submitOrFindBuild(client, application, { key: 'k' })).toEqual({
      buildId: 'shop/k',
      found: {
        buildId: 'shop/k',
        application: 'shop',
        mode: 'build',
        status,
        startedAt: startTime,
        endedAt: null,
        trigger: null,
      },
    });
    expect(await submitBuild(client, application, { key: 'k' })).toBe('shop/k');
  });

  test('is not found where it is started', async () => {
    const client = standInClient({});
    expect(await submitOrFindBuild(client, application, { key: 'k' })).toEqual({
      buildId: 'shop/k',
      found: null,
    });
    expect(client.calls).toEqual([]);
  });

  test('is not that of a plan, nor a plan that of a build', async () => {
    const planned = known({ status: () => 'COMPLETED', memo: plan });
    const submission = submitBuild(planned, application, { key: 'k' });
    await expect(submission).rejects.toThrow(InvalidBuildId);
    await expect(submission).rejects.toThrow('the key "k" is that of a plan, shop/k');
    const built = known({ status: () => 'COMPLETED', memo: build });
    const planning = planBuild(built, application, { key: 'k' });
    await expect(planning).rejects.toThrow(InvalidBuildId);
    await expect(planning).rejects.toThrow('the key "k" is that of a build, shop/k');
  });
});

test('that Temporal is away is told', async () => {
  const away = new ServiceError('failed to start', { cause: grpcError(14, 'no connection') });
  const client = standInClient({}, () => Promise.reject(away));
  await expect(submitBuild(client, application, { key: 'k' })).rejects.toThrow(ServiceUnreachable);
});
