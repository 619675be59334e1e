import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import type { DiagnoseInput, DiagnosticCheck } from '../workflows/contract/activities.ts';
import type { Application } from '../workflows/contract/application.ts';
import { activityTaskQueue } from '../workflows/contract/ids.ts';
import { diagnoseType, type DiagnoseInstallation } from '../workflows/contract/messages.ts';
import type { SlipwayClient } from './connect.ts';
import { AccessDenied, InvalidConfiguration } from './errors.ts';
import { unreachable } from './rpc.ts';

/** `TASK_QUEUE_TYPE_WORKFLOW` and `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const workflowQueue = 1;
const activityQueue = 2;

/**
 * Tries everything that a build needs: Temporal and its namespace, workers on each task queue, then,
 * by such a worker, object store, builders, disk, the Kubernetes API's rights, and the sources and
 * registries of the application. A namespace that is not there, or a right that the caller lacks, is
 * a failed check.
 *
 * @param application whose sources and repositories are tried as well; null: the installation's own needs alone
 * @returns the checks in the order in which they were made, Temporal first
 * @throws ServiceUnreachable when Temporal itself does not answer
 */
export async function diagnose(
  client: SlipwayClient,
  application: Application | null,
): Promise<readonly DiagnosticCheck[]> {
  const { temporal, taskQueue } = client;
  const checks: DiagnosticCheck[] = [];
  try {
    const queues = await Promise.all([
      pollers(temporal, taskQueue, workflowQueue, 'workflows'),
      pollers(temporal, activityTaskQueue(taskQueue, 'source'), activityQueue, 'sources'),
      pollers(temporal, activityTaskQueue(taskQueue, 'pods'), activityQueue, 'Pods'),
    ]);
    checks.push({ name: nameOf(client), status: 'ok', detail: 'answers', remedy: null }, ...queues);
    const [workflows] = queues;
    // Nobody could run the rest.
    if (workflows.status === 'failed') return checks;
    checks.push(...(await byWorker(client, needsOf(application))));
  } catch (error) {
    checks.push(refused(client, error));
  }
  return checks;
}

function nameOf({ address, namespace }: SlipwayClient): string {
  return `Temporal ${address}, namespace ${namespace}`;
}

/** @throws ServiceUnreachable, and what is no refusal */
function refused(client: SlipwayClient, error: unknown): DiagnosticCheck {
  const told = unreachable(client, error);
  const check = { name: nameOf(client), status: 'failed' } as const;
  if (told instanceof InvalidConfiguration) {
    const remedy =
      'Name another one (TEMPORAL_NAMESPACE), or create it: `temporal operator namespace create`.';
    return { ...check, detail: 'there is no such namespace', remedy };
  }
  if (told instanceof AccessDenied) {
    const remedy =
      'Check TEMPORAL_API_KEY or the client certificate, and what it permits in this namespace.';
    return { ...check, detail: told.message, remedy };
  }
  throw told;
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
