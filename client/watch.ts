import { setTimeout as delay } from 'node:timers/promises';
import type { SlipwayClient } from './connect.ts';
import { getBuild, type BuildSnapshot } from './get.ts';

export interface WatchOptions {
  /** Milliseconds between snapshots of a running build. Default 1000. */
  readonly interval?: number;
  readonly signal?: AbortSignal;
}

/**
 * Milliseconds in which a worker puts an ended workflow out of its cache: it loses queries that it
 * gets meanwhile, and they would take their whole deadline.
 */
const settleTime = 150;

/**
 * Snapshots of a build until it has ended; the last one is the end's, and comes as soon as the
 * build ends.
 *
 * @throws BuildNotFound, ServiceUnreachable, and the signal's reason when it aborts
 */
export async function* watchBuild(
  client: SlipwayClient,
  buildId: string,
  { interval = 1000, signal }: WatchOptions = {},
): AsyncGenerator<BuildSnapshot, void, void> {
  const handle = client.temporal.workflow.getHandle(buildId);
  const ended = handle
    .result()
    .then(ignore, ignore)
    .then(() => delay(settleTime));
  for (;;) {
    // The end does not wait for a query that was lost to it.
    const asked = getBuild(client, buildId);
    asked.catch(ignore);
    const snapshot = await Promise.race([asked, ended.then(() => getBuild(client, buildId))]);
    yield snapshot;
    if (snapshot.closed) return;
    await Promise.race([ended, delay(interval, undefined, signal === undefined ? {} : { signal })]);
    signal?.throwIfAborted();
  }
}

function ignore(): void {}
