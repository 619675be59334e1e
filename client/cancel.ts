import type { SlipwayClient } from './connect.ts';
import { unreachable } from './rpc.ts';

/**
 * Asks the build to end: its Pods are deleted, what is finished stays. Returns when the request is
 * recorded; watch the build to see its end. An ended build is left as it is.
 *
 * @throws BuildNotFound, ServiceUnreachable
 */
export async function cancelBuild({ temporal }: SlipwayClient, buildId: string): Promise<void> {
  try {
    await temporal.workflow.getHandle(buildId).cancel();
  } catch (error) {
    throw unreachable(error, buildId);
  }
}
