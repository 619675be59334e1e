import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { BuildStatus, BuildTrigger } from '../workflows/contract/build.ts';
import { buildApplicationType, type BuildMode } from '../workflows/contract/messages.ts';
import {
  applicationAttribute,
  phaseAttribute,
  scheduleAttribute,
} from '../workflows/contract/search-attributes.ts';
import type { SlipwayClient } from './connect.ts';
import { finalStatus } from './get.ts';
import { unreachable } from './rpc.ts';

/** Which builds `listBuilds` lists; what is absent limits nothing. */
export interface ListOptions {
  /** Builds of this application alone. */
  readonly application?: string;
  /** Builds of this status alone. */
  readonly status?: BuildStatus;
  /** Builds that this schedule of the application has started. */
  readonly schedule?: string;
  /** Plans as well. Default: false. */
  readonly plans?: boolean;
  /** At most so many. Default: all that Temporal remembers. */
  readonly limit?: number;
  /** Builds that one request to Temporal brings. Default: 100. */
  readonly pageSize?: number;
}

/** A build as a list shows it; `getBuild` tells the rest. */
export interface ListedBuild {
  /** `<application>/<key>` */
  readonly buildId: string;
  /** The application's name. */
  readonly application: string;
  /** `plan` for one that stops before its first Pod. */
  readonly mode: BuildMode;
  /** What Temporal knows of it; how it ended, for an ended build. */
  readonly status: BuildStatus;
  /** When it was started. */
  readonly startedAt: Date;
  /** Null while it runs. */
  readonly endedAt: Date | null;
  /** What started it; null for a person or a service. */
  readonly trigger: BuildTrigger | null;
}

/** What lists tell of a build without asking it: kept beside the workflow, not searched for. */
export interface BuildMemo {
  readonly mode: BuildMode;
  readonly trigger: BuildTrigger | null;
}
export const buildMemoKey = 'slipwayBuild';

/** As a list has it, or a description. */
type Execution = Omit<WorkflowExecutionInfo, 'raw'>;

/**
 * The builds that Temporal remembers: running ones, then the latest first. Needs no worker. What
 * Temporal finds is a second or two behind what happens.
 *
 * @throws ServiceUnreachable, InvalidConfiguration
 */
export async function* listBuilds(
  client: SlipwayClient,
  options: ListOptions = {},
): AsyncGenerator<ListedBuild, void, void> {
  const { temporal, taskQueue } = client;
  const { plans = false, limit = Infinity, pageSize = 100 } = options;
  if (limit <= 0) return;
  let count = 0;
  try {
    for await (const info of temporal.workflow.list({
      query: query(taskQueue, options),
      pageSize,
    })) {
      const build = listed(info);
      if (build.mode === 'plan' && !plans) continue;
      yield build;
      count += 1;
      if (count >= limit) return;
    }
  } catch (error) {
    throw unreachable(client, error);
  }
}

function query(taskQueue: string, { application, status, schedule }: ListOptions): string {
  return [
    `WorkflowType = ${quoted(buildApplicationType)}`,
    `TaskQueue = ${quoted(taskQueue)}`,
    ...(application === undefined ? [] : [`${applicationAttribute.name} = ${quoted(application)}`]),
    ...(schedule === undefined ? [] : [`${scheduleAttribute.name} = ${quoted(schedule)}`]),
    ...(status === undefined ? [] : [statusClause(status)]),
  ].join(' AND ');
}

/** By how the workflow ended: a terminated one could not note its own phase. */
function statusClause(status: BuildStatus): string {
  switch (status) {
    case 'queued':
    case 'parked':
    case 'running':
      return `ExecutionStatus = 'Running' AND ${phaseAttribute.name} = ${quoted(status)}`;
    case 'succeeded':
      return `ExecutionStatus = 'Completed'`;
    case 'failed':
      return `ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')`;
    case 'cancelled':
      return `ExecutionStatus = 'Canceled'`;
  }
}

/** A string of Temporal's list filter, whose grammar is SQL's; backslashes escape in it. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}

/** The build that a workflow is, from what Temporal keeps of it. */
export function listed(info: Execution): ListedBuild {
  const { workflowId, typedSearchAttributes: attributes, startTime, closeTime } = info;
  const memo = info.memo?.[buildMemoKey] as BuildMemo | undefined;
  const schedule = attributes.get(scheduleAttribute);
  const scheduled = schedule === undefined ? null : ({ kind: 'schedule', schedule } as const);
  return {
    buildId: workflowId,
    application: attributes.get(applicationAttribute) ?? workflowId.replace(/\/.*$/, ''),
    mode: memo?.mode ?? 'build',
    status: statusOf(info),
    startedAt: startTime,
    endedAt: closeTime ?? null,
    trigger: memo?.trigger ?? scheduled,
  };
}

function statusOf({ status, typedSearchAttributes }: Execution): BuildStatus {
  // Builds that fail end as failed workflows.
  if (status.name === 'COMPLETED') return 'succeeded';
  const phase = typedSearchAttributes.get(phaseAttribute);
  const known = openStatuses.find((open) => open === phase);
  return finalStatus(status.name, known ?? 'running');
}

const openStatuses: readonly BuildStatus[] = ['queued', 'running', 'parked'];
