import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Application } from '../workflows/contract/application.ts';
import type { ForceSelection } from '../workflows/contract/build.ts';
import { buildId, freshBuildKey, isBuildKey } from '../workflows/contract/ids.ts';
import { buildApplicationType } from '../workflows/contract/messages.ts';
import { applicationAttribute, phaseAttribute } from '../workflows/contract/search-attributes.ts';
import type { buildApplication } from '../workflows/build-application.ts';
import type { SlipwayClient } from './connect.ts';
import { InvalidBuildId } from './errors.ts';
import { unreachable } from './rpc.ts';

export interface SubmitOptions {
  /** Idempotency key, `[a-z0-9-]{1,64}`: the same key names the same build. Default: a fresh one. */
  readonly key?: string;
  /** Containers to build although an image of the same inputs exists. Default: `none`. */
  readonly force?: ForceSelection;
}

/**
 * Starts a build, or finds the one that the key names: running or ended.
 *
 * @returns the build's id
 * @throws InvalidBuildId, ServiceUnreachable
 */
export async function submitBuild(
  { temporal, taskQueue }: SlipwayClient,
  application: Application,
  { key = freshBuildKey(new Date(), Math.random), force = 'none' }: SubmitOptions = {},
): Promise<string> {
  if (!isBuildKey(key)) {
    throw new InvalidBuildId(`"${key}" is no build key: expected 1 to 64 of a-z, 0-9 and "-"`);
  }
  const workflowId = buildId(application.name, key);
  const containers = application.components.flatMap((component) => component.containers);
  const title =
    application.version === null ? application.name : `${application.name} ${application.version}`;
  try {
    await temporal.workflow.start<typeof buildApplication>(buildApplicationType, {
      workflowId,
      taskQueue,
      args: [{ application, force }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `${title}: ${containers.length} containers`,
      typedSearchAttributes: [
        { key: applicationAttribute, value: application.name },
        { key: phaseAttribute, value: 'running' },
      ],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unreachable(error);
  }
  return workflowId;
}
