import { ServiceError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { InvalidBuildId, ServiceUnreachable } from '../../client/errors.ts';
import { submitBuild, type SubmitOptions } from '../../client/submit.ts';
import type { Application } from '../../workflows/contract/application.ts';
import { definition, parsed } from '../definition/definitions.ts';
import { grpcError, standInClient } from './stand-in.ts';

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
      workflowIdConflictPolicy: 'USE_EXISTING',
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

describe('what Temporal answers to the start', () => {
  const answer = (error: Error): Promise<string> =>
    submitBuild(
      standInClient({}, () => Promise.reject(error)),
      application,
      { key: 'k' },
    );

  test('that the build has ended is its id', async () => {
    const ended = new WorkflowExecutionAlreadyStartedError('started', 'shop/k', 'buildApplication');
    await expect(answer(ended)).resolves.toBe('shop/k');
  });

  test('that it is away is told', async () => {
    const away = new ServiceError('failed to start', { cause: grpcError(14, 'no connection') });
    await expect(answer(away)).rejects.toThrow(ServiceUnreachable);
  });
});
