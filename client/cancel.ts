import type { SlipwayClient } from './connect.ts';
import { unreachable } from './rpc.ts';

/**
 * Asks the build to end: its Pods are deleted, what is finished stays. Returns when the request is
 * recorded; watch the build to see its end. An ended build is left as it is.
 *
 * @throws BuildNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function cancelBuild(client: SlipwayClient, buildId: string): Promise<void> {
  try {
    await client.temporal.workflow.getHandle(buildId).cancel();
  } catch (error) {
    throw unreachable(client, error, { build: buildId });
  }
}
