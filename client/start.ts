import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { buildId, freshBuildKey, isBuildKey } from '../workflows/contract/ids.ts';
import {
  buildApplicationType,
  type BuildApplicationInput,
  type BuildMode,
} from '../workflows/contract/messages.ts';
import type { BuildTrigger } from '../workflows/contract/build.ts';
import { applicationAttribute, phaseAttribute } from '../workflows/contract/search-attributes.ts';
import type { SlipwayClient } from './connect.ts';
import { InvalidBuildId } from './errors.ts';
import { unreachable } from './rpc.ts';

/** What lists tell of a build without asking it: kept beside the workflow, not searched for. */
export interface BuildMemo {
  readonly mode: BuildMode;
  readonly trigger: BuildTrigger | null;
}
export const buildMemoKey = 'slipwayBuild';

/** A key that no other build has; builds of one application sort by time. */
export function freshKey(): string {
  return freshBuildKey(new Date(), Math.random);
}

/**
 * Starts the workflow of a build, or finds the one that the key names: running or ended.
 *
 * @returns the build's id
 * @throws InvalidBuildId, ServiceUnreachable, InvalidConfiguration
 */
export async function startBuild(
  client: SlipwayClient,
  input: BuildApplicationInput,
  key: string,
): Promise<string> {
  const { temporal, taskQueue } = client;
  if (!isBuildKey(key)) {
    throw new InvalidBuildId(`"${key}" is no build key: expected 1 to 64 of a-z, 0-9 and "-"`);
  }
  const { application, mode = 'build', trigger = null } = input;
  const workflowId = buildId(application.name, key);
  const memo: BuildMemo = { mode, trigger };
  try {
    await temporal.workflow.start<(input: BuildApplicationInput) => Promise<unknown>>(
      buildApplicationType,
      {
        workflowId,
        taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: title(input),
        memo: { [buildMemoKey]: memo },
        typedSearchAttributes: [
          { key: applicationAttribute, value: application.name },
          { key: phaseAttribute, value: 'running' },
        ],
      },
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unreachable(client, error);
  }
  return workflowId;
}

function title({ application, mode, trigger }: BuildApplicationInput): string {
  const { name, version, components } = application;
  const count = components.flatMap(({ containers }) => containers).length;
  return [
    `${mode === 'plan' ? 'plan of ' : ''}${name}${version === null ? '' : ` ${version}`}`,
    `: ${count} containers`,
    trigger?.kind === 'retry' ? `, retry of ${trigger.of}` : '',
  ].join('');
}
