import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { buildId, freshBuildKey, isBuildKey } from '../workflows/contract/ids.ts';
import {
  buildApplicationType,
  type BuildApplicationInput,
} from '../workflows/contract/messages.ts';
import { applicationAttribute, phaseAttribute } from '../workflows/contract/search-attributes.ts';
import type { SlipwayClient } from './connect.ts';
import { InvalidBuildId } from './errors.ts';
import { buildMemoKey, listed, type BuildMemo, type ListedBuild } from './list.ts';
import { unreachable } from './rpc.ts';

/** What came of asking for a build by its key. */
export interface Submission {
  /** `<application>/<key>` */
  readonly buildId: string;
  /** The build that had the key already, running or ended: nothing new is built. Null: this is a new one. */
  readonly found: ListedBuild | null;
}

/** A key that no other build has; builds of one application sort by time. */
export function freshKey(): string {
  return freshBuildKey(new Date(), Math.random);
}

/**
 * Starts the workflow of a build, or finds the one that the key names: running or ended.
 *
 * @throws InvalidBuildId, also where a plan has the key and a build is asked for, or the other way;
 *   ServiceUnreachable, InvalidConfiguration
 */
export async function startBuild(
  client: SlipwayClient,
  input: BuildApplicationInput,
  key: string,
): Promise<Submission> {
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
        // Else Temporal would not say whether it has started one.
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: title(input),
        memo: { [buildMemoKey]: memo },
        typedSearchAttributes: [
          { key: applicationAttribute, value: application.name },
          { key: phaseAttribute, value: 'running' },
        ],
      },
    );
    return { buildId: workflowId, found: null };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unreachable(client, error);
  }
  const found = await foundBuild(client, workflowId);
  if (found.mode === mode) return { buildId: workflowId, found };
  throw new InvalidBuildId(
    `the key "${key}" is that of a ${found.mode}, ${workflowId}; expected another one for a ${mode}`,
  );
}

async function foundBuild(client: SlipwayClient, buildId: string): Promise<ListedBuild> {
  try {
    return listed(await client.temporal.workflow.getHandle(buildId).describe());
  } catch (error) {
    throw unreachable(client, error, { build: buildId });
  }
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
