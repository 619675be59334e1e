import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Worker } from '@temporalio/worker';
import { bundleWorkflows, type WorkflowCode } from '../../../worker/bundle.ts';
import type { Activities } from '../../../workflows/contract/activities.ts';
import { activityTaskQueue, type ActivityQueue } from '../../../workflows/contract/ids.ts';

/**
 * The bundle that production workers run.
 *
 * @param codePath a file that has it already
 */
export async function workflowCode(codePath?: string): Promise<WorkflowCode> {
  return codePath === undefined ? bundleWorkflows(new DefaultLogger('ERROR')) : { codePath };
}

export type Role = 'workflows' | ActivityQueue;
const allRoles: readonly Role[] = ['workflows', 'source', 'requests', 'pods'];

/** Workers that run until they are stopped; stopping twice is no error. */
export interface Workers extends AsyncDisposable {
  /** Stops the workers of these roles, or all; activities in them are cancelled. */
  readonly stop: (...roles: readonly Role[]) => Promise<void>;
}

/** Starts one worker per role on the base queue and the queues that derive from it. */
export async function startWorkers(
  { nativeConnection, namespace }: TestWorkflowEnvironment,
  bundle: WorkflowCode,
  taskQueue: string,
  activities: Activities,
  roles: readonly Role[] = allRoles,
): Promise<Workers> {
  const common = {
    connection: nativeConnection,
    namespace: namespace ?? 'default',
    identity: 'test',
  };
  const running = await Promise.all(
    roles.map(async (role) => {
      const worker = await Worker.create(
        role === 'workflows'
          ? { ...common, taskQueue, workflowBundle: bundle }
          : { ...common, taskQueue: activityTaskQueue(taskQueue, role), activities },
      );
      return { role, worker, end: worker.run() };
    }),
  );
  const stop = async (...which: readonly Role[]): Promise<void> => {
    const wanted = running.filter(({ role }) => which.length === 0 || which.includes(role));
    for (const { worker } of wanted) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all(wanted.map(({ end }) => end));
  };
  return { stop, [Symbol.asyncDispose]: () => stop() };
}
