import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import type { SlipwayClient } from './connect.ts';

/**
 * Milliseconds in which a worker puts an ended workflow out of its cache: it loses queries that it
 * gets meanwhile, and they would take their whole deadline.
 */
const settleTime = 150;

/**
 * Resolves when the build has ended, however it ended, and can be asked about it.
 *
 * @param signal ends the wait: Temporal holds the call for up to 20 s otherwise, and the process
 * @throws what Temporal's client throws when it cannot be waited for
 */
export async function buildEnd(
  { temporal }: SlipwayClient,
  buildId: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const handle = temporal.workflow.getHandle(buildId);
    await temporal.withAbortSignal(signal, () => handle.result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
  }
  await delay(settleTime);
}
