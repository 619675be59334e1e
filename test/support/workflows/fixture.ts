import type { Client, WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import type { LocalEnvironment } from '../../../dev/environment.ts';
import type { WorkflowCode } from '../../../worker/bundle.ts';
import type { Application } from '../../../workflows/contract/application.ts';
import type { ForceSelection } from '../../../workflows/contract/build.ts';
import { buildId, containerBuildId, freshBuildKey } from '../../../workflows/contract/ids.ts';
import type { BuildApplicationInput } from '../../../workflows/contract/messages.ts';
import { connectTemporal } from '../temporal.ts';
import { startBuild, terminateBuild } from './builds.ts';
import type { StandIn } from './stand-in-activities.ts';
import { startWorkers, workflowCode, type Role, type Workers } from './workers.ts';

/** A Temporal server and the real bundle for all tests of one file. */
export interface Fixture {
  readonly client: () => Client;
  /** A build on a task queue of its own, with workers for it. */
  readonly build: (
    standIn: StandIn,
    application: Application,
    force?: ForceSelection,
    more?: Partial<BuildApplicationInput>,
  ) => Promise<RunningBuild>;
  /** Workers on a task queue of their own, for workflows that the test starts itself. */
  readonly workers: (
    standIn: StandIn,
    roles?: readonly Role[],
  ) => Promise<Workers & { readonly taskQueue: string }>;
}

/** Its disposal ends what still runs and fails on a breach that the stand-in has seen. */
interface RunningBuild extends AsyncDisposable {
  readonly handle: WorkflowHandle;
  readonly child: (component: string, container: string) => WorkflowHandle;
  readonly workers: Workers;
  /** More workers on the build's queues, of the given roles or all. */
  readonly startWorkers: (...roles: readonly Role[]) => Promise<Workers>;
}

/** Call at the top of a test file. */
export function useTemporal(): Fixture {
  let temporal: TestWorkflowEnvironment;
  let bundle: WorkflowCode;
  const started: Workers[] = [];
  beforeAll(async () => {
    // Absent where the tests run without the local environment.
    const environment = inject('environment') as LocalEnvironment | undefined;
    [temporal, bundle] = await Promise.all([
      connectTemporal(environment?.temporal),
      workflowCode(inject('workflowBundle') as string | undefined),
    ]);
  }, 60_000);
  afterAll(async () => {
    // A test that timed out has not disposed of its build; the server outlives open connections.
    await Promise.all(started.map(({ stop }) => stop()));
    await temporal.teardown();
  });

  return {
    client: () => temporal.client,
    workers: async ({ activities }, roles) => {
      const taskQueue = `test-${freshBuildKey(new Date(), Math.random)}`;
      const workers = await startWorkers(temporal, bundle, taskQueue, activities, roles);
      started.push(workers);
      return { ...workers, taskQueue };
    },
    build: async (standIn, application, force, more) => {
      const key = freshBuildKey(new Date(), Math.random);
      const taskQueue = `test-${key}`;
      const id = buildId(application.name, key);
      const { client } = temporal;
      const own: Workers[] = [];
      const start = async (...roles: readonly Role[]): Promise<Workers> => {
        const { activities } = standIn;
        const workers = await startWorkers(
          temporal,
          bundle,
          taskQueue,
          activities,
          roles.length === 0 ? undefined : roles,
        );
        started.push(workers);
        own.push(workers);
        return workers;
      };
      const [handle, workers] = await Promise.all([
        startBuild(client, taskQueue, id, application, force, more),
        start(),
      ]);
      return {
        handle,
        child: (component, container) =>
          client.workflow.getHandle(containerBuildId(id, component, container)),
        workers,
        startWorkers: start,
        [Symbol.asyncDispose]: async () => {
          await terminateBuild(handle);
          await Promise.all(own.map(({ stop }) => stop()));
          expect(standIn.breaches).toEqual([]);
        },
      };
    },
  };
}
