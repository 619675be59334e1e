import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, test, vi } from 'vitest';
import {
  BuildNotFound,
  BuildNotRetryable,
  InvalidBuildId,
  ServiceUnreachable,
} from '../../client/errors.ts';
import { retryBuild } from '../../client/retry.ts';
import type { Application } from '../../workflows/contract/application.ts';
import type { BuildMode, BuildApplicationInput } from '../../workflows/contract/messages.ts';
import type {
  BuildTrigger,
  ContainerStatus,
  ForceSelection,
} from '../../workflows/contract/build.ts';
import { definition, parsed } from '../definition/definitions.ts';
import { buildResult, componentResult, containerResult } from '../support/results.ts';
import { grpcError, standInClient, type ScriptedWorkflow } from './stand-in.ts';

const application = parsed(definition('{ name: migrate }', '{ name: server }'));
const sources = [{ git: 'https://git.example.com/shop.git', ref: 'main', commit: 'c'.repeat(40) }];

interface Original {
  readonly force?: ForceSelection;
  readonly statuses?: Readonly<Record<string, ContainerStatus>>;
  readonly mode?: BuildMode;
}

/** A build that has failed, of which `migrate` is there. */
function failedBuild({ force = 'none', statuses = {}, mode }: Original = {}): ScriptedWorkflow {
  const { components: _, ...rest } = buildResult([], { status: 'failed' });
  const known = { migrate: 'built', server: 'failed', ...statuses } as const;
  const containers = Object.entries(known).map(([name, status]) =>
    containerResult({ name, status }),
  );
  return {
    status: () => 'FAILED',
    summary: () => ({
      ...rest,
      components: ['api'],
      warnings: [],
      ...(mode === undefined ? {} : { mode }),
    }),
    component: () => componentResult(containers),
    result: () => Promise.resolve(),
    input: () => ({ application, force }),
    sources: () => sources,
  };
}

async function retried(script: ScriptedWorkflow, key?: string) {
  const start = vi.fn<(...args: readonly unknown[]) => Promise<void>>();
  const client = standInClient({ 'shop/k1': script }, start);
  const id = await retryBuild(client, 'shop/k1', key === undefined ? {} : { key });
  expect(start).toHaveBeenCalledOnce();
  const [, options] = start.mock.calls[0] ?? [];
  const started = options as { readonly args: [BuildApplicationInput]; readonly memo: object };
  return { id, input: started.args[0], started };
}

describe('a retry', () => {
  test('is a new build of the same definition and the same commits, that says so', async () => {
    const { id, input, started } = await retried(failedBuild());
    const trigger = { kind: 'retry', of: 'shop/k1' };
    expect(id).toMatch(/^shop\/\d{8}-\d{6}-[a-z0-9]{6}$/);
    expect(input).toEqual({ application, force: 'none', trigger, sources });
    expect(started).toMatchObject({
      memo: { slipwayBuild: { mode: 'build', trigger } },
      staticSummary: 'shop: 2 containers, retry of shop/k1',
    });
  });

  test('has the key that it is given', async () => {
    expect((await retried(failedBuild(), 'again')).id).toBe('shop/again');
  });

  test('with a key that is known is the retry that has it', async () => {
    const started = new WorkflowExecutionAlreadyStartedError('started', 'shop/again', 'x');
    const again = async (trigger: BuildTrigger | null): Promise<string> => {
      const known: ScriptedWorkflow = {
        status: () => 'RUNNING',
        memo: { slipwayBuild: { mode: 'build', trigger } },
      };
      const client = standInClient({ 'shop/k1': failedBuild(), 'shop/again': known }, () =>
        Promise.reject(started),
      );
      return retryBuild(client, 'shop/k1', { key: 'again' });
    };
    expect(await again({ kind: 'retry', of: 'shop/k1' })).toBe('shop/again');
    for (const other of [null, { kind: 'retry', of: 'shop/k2' }] as const)
      await expect(again(other)).rejects.toThrow(InvalidBuildId);
  });

  test('of a build that never knew its commits resolves them itself', async () => {
    const { input } = await retried({ ...failedBuild(), sources: () => [] });
    expect(input).not.toHaveProperty('sources');
  });

  const server = { component: 'api', container: 'server' };
  const migrate = { component: 'api', container: 'migrate' };
  test.each<[string, Original, ForceSelection]>([
    ['forces what was to be forced and is not built', { force: 'all' }, [server]],
    ['forces nothing that is built', { force: [migrate] }, 'none'],
    ['forces of the forced what is not built', { force: [migrate, server] }, [server]],
    ['forces nothing where all is built', { force: 'all', statuses: { server: 'built' } }, 'none'],
    [
      'forces what was skipped or cancelled',
      { force: 'all', statuses: { migrate: 'cancelled', server: 'skipped' } },
      [migrate, server],
    ],
  ])('%s', async (_what, original, force) => {
    expect((await retried(failedBuild(original))).input.force).toEqual(force);
  });
});

describe('a run of a schedule', () => {
  const definition = {
    source: { git: 'https://git.example.com/shop.git', ref: 'main' },
    path: 'a',
  };
  const applied = { ...application, definition };
  const trigger = { kind: 'schedule', schedule: 'nightly' } as const;
  const script = (events: readonly object[], of: Application = applied): ScriptedWorkflow => ({
    ...failedBuild(),
    input: () => ({ application: of, force: 'none', trigger }),
    events,
  });
  const scheduledEvent = (eventId: number, name: string) => ({
    eventId,
    activityTaskScheduledEventAttributes: { activityType: { name } },
  });
  const completedEvent = (eventId: number, scheduledEventId: number, output: unknown) => ({
    eventId,
    activityTaskCompletedEventAttributes: {
      scheduledEventId,
      result: { payloads: [defaultPayloadConverter.toPayload(output)] },
    },
  });

  test('is tried again with the definition that it read', async () => {
    const read = { ...applied, version: '2.0.0' };
    const { input } = await retried(
      script([
        scheduledEvent(5, 'readDefinition'),
        scheduledEvent(6, 'resolveSources'),
        completedEvent(7, 6, { sources }),
        completedEvent(8, 5, { application: read, commit: 'c'.repeat(40) }),
      ]),
    );
    expect(input.application).toEqual(read);
    expect(input.trigger).toEqual({ kind: 'retry', of: 'shop/k1' });
  });

  test('is tried again with what was applied where it reads none', async () => {
    expect((await retried(script([], application))).input.application).toEqual(application);
  });

  test('is not tried again where it could not read it', async () => {
    const start = () => Promise.reject(new Error('nothing is to be started'));
    const client = standInClient(
      { 'shop/k1': script([scheduledEvent(5, 'readDefinition')]) },
      start,
    );
    await expect(retryBuild(client, 'shop/k1')).rejects.toThrow(BuildNotRetryable);
  });
});

describe('there is no retry', () => {
  const attempt = (script: ScriptedWorkflow): Promise<string> => {
    const start = () => Promise.reject(new Error('nothing is to be started'));
    return retryBuild(standInClient({ 'shop/k1': script }, start), 'shop/k1');
  };

  test('of a build that runs', async () => {
    const script: ScriptedWorkflow = {
      ...failedBuild({ statuses: { server: 'queued' } }),
      status: () => 'RUNNING',
    };
    await expect(attempt(script)).rejects.toThrow(BuildNotRetryable);
  });

  test('of a plan', async () => {
    await expect(attempt(failedBuild({ mode: 'plan' }))).rejects.toThrow(BuildNotRetryable);
  });

  test('of another workflow', async () => {
    await expect(attempt({ ...failedBuild(), type: 'sweepOrphans' })).rejects.toThrow(
      BuildNotFound,
    );
  });

  test('of a build whose history has gone since', async () => {
    const input = () => {
      throw grpcError(5, 'workflow not found');
    };
    await expect(attempt({ ...failedBuild(), input })).rejects.toThrow(BuildNotFound);
    await expect(attempt({ ...failedBuild(), input })).rejects.toThrow(/submit its definition/);
  });

  test('while Temporal is away', async () => {
    const input = () => {
      throw grpcError(14, 'no connection');
    };
    await expect(attempt({ ...failedBuild(), input })).rejects.toThrow(ServiceUnreachable);
  });

  test('of a build that there is not', async () => {
    await expect(retryBuild(standInClient({}), 'shop/k1')).rejects.toThrow(BuildNotFound);
  });
});
