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
 * by such a worker, object store, builders, disk, the Kubernetes API's rights, and the sources,
 * registries, images and Secrets of the application. A namespace that is not there, or a right that the caller lacks, is
 * a failed check.
 *
 * @param application whose needs are tried as well; null: the installation's own needs alone
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

/** Each thing once. */
function needsOf(application: Application | null): DiagnoseInput {
  const containers = (application?.components ?? []).flatMap((component) => component.containers);
  const built = containers.filter((container) => container.kind === 'build');
  const existing = containers.filter((container) => container.kind === 'existing');
  const caches = built.flatMap(({ cache, pushSecret, pullSecret }) =>
    cache === undefined
      ? []
      : [{ repository: cache.repository, pushSecret: pushSecret ?? pullSecret }],
  );
  return {
    sources: once(built.map(({ source }) => source)),
    repositories: once([
      ...built.map(({ repository, pushSecret }) => ({ repository, pushSecret })),
      ...caches,
    ]),
    buildSecrets: once(
      built.flatMap(({ secrets = [] }) => secrets.map(({ secret, key }) => ({ secret, key }))),
    ),
    pullSecrets: once(built.flatMap(({ pullSecret }) => pullSecret ?? [])),
    images: once(existing.map(({ image, pullSecret }) => ({ image, pullSecret }))),
  };
}

/** Each of the values that are equal as JSON once. */
function once<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
