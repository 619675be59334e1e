import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import type { DiagnoseInput, DiagnosticCheck } from '../workflows/contract/activities.ts';
import type { Application } from '../workflows/contract/application.ts';
import { activityTaskQueue } from '../workflows/contract/ids.ts';
import { diagnoseType, type DiagnoseInstallation } from '../workflows/contract/messages.ts';
import type { SlipwayClient } from './connect.ts';
import { unreachable } from './rpc.ts';

/** `TASK_QUEUE_TYPE_WORKFLOW` and `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const workflowQueue = 1;
const activityQueue = 2;

/**
 * Tries everything that a build needs: workers on each task queue, then, by such a worker, object
 * store, builders, disk, the Kubernetes API's rights, and the sources and registries of the
 * application.
 *
 * @param application whose sources and repositories are tried as well; null: the installation's own needs alone
 * @throws ServiceUnreachable when Temporal itself does not answer
 */
export async function diagnose(
  client: SlipwayClient,
  application: Application | null,
): Promise<readonly DiagnosticCheck[]> {
  const { temporal, taskQueue } = client;
  try {
    const queues = await Promise.all([
      pollers(temporal, taskQueue, workflowQueue, 'workflows'),
      pollers(temporal, activityTaskQueue(taskQueue, 'source'), activityQueue, 'sources'),
      pollers(temporal, activityTaskQueue(taskQueue, 'pods'), activityQueue, 'Pods'),
    ]);
    const [workflows] = queues;
    // Nobody could run the rest.
    if (workflows.status === 'failed') return queues;
    return [...queues, ...(await byWorker(client, needsOf(application)))];
  } catch (error) {
    throw unreachable(error);
  }
}

async function pollers(
  temporal: Client,
  name: string,
  taskQueueType: number,
  role: string,
): Promise<DiagnosticCheck> {
  const { pollers: polling } = await temporal.workflowService.describeTaskQueue({
    namespace: temporal.options.namespace,
    taskQueue: { name },
    taskQueueType,
  });
  const count = polling?.length ?? 0;
  const check = { name: `worker for ${role} (task queue ${name})` };
  return count > 0
    ? { ...check, status: 'ok', detail: `${count} polling`, remedy: null }
    : {
        ...check,
        status: 'failed',
        detail: 'no worker polls it',
        remedy:
          'Start a worker with this role (`slipway worker`, SLIPWAY_ROLES), or `slipway dev up`; check SLIPWAY_TASK_QUEUE.',
      };
}

async function byWorker(
  { temporal, taskQueue }: SlipwayClient,
  needs: DiagnoseInput,
): Promise<readonly DiagnosticCheck[]> {
  try {
    const { checks } = await temporal.workflow.execute<DiagnoseInstallation>(diagnoseType, {
      workflowId: `slipway-diagnosis/${randomUUID()}`,
      taskQueue,
      args: [needs],
      workflowExecutionTimeout: '2m',
      staticSummary: 'slipway doctor',
    });
    return checks;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return [
      {
        name: 'diagnosis by the worker',
        status: 'failed',
        detail: error.cause?.message ?? error.message,
        remedy: 'Look at the worker’s log, and at this workflow in the Temporal UI.',
      },
    ];
  }
}

/** Each source and repository once. */
function needsOf(application: Application | null): DiagnoseInput {
  const built = (application?.components ?? [])
    .flatMap((component) => component.containers)
    .filter((container) => container.kind === 'build');
  const sources = new Map(built.map(({ source }) => [JSON.stringify(source), source]));
  const repositories = new Map(
    built.map(({ repository, pushSecret }) => [
      JSON.stringify([repository, pushSecret]),
      { repository, pushSecret },
    ]),
  );
  const buildSecrets = new Map(
    built
      .flatMap(({ secrets = [] }) => secrets)
      .map(({ secret, key }) => [JSON.stringify([secret, key]), { secret, key }]),
  );
  return {
    sources: [...sources.values()],
    repositories: [...repositories.values()],
    buildSecrets: [...buildSecrets.values()],
  };
}
