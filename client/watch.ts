import { setTimeout as delay } from 'node:timers/promises';
import type { SlipwayClient } from './connect.ts';
import { getBuild, type BuildSnapshot } from './get.ts';

export interface WatchOptions {
  /** Milliseconds between snapshots of a running build. Default 1000. */
  readonly interval?: number;
  readonly signal?: AbortSignal;
}

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
  const ended = handle.result().then(ignore, ignore);
  for (;;) {
    // A query that reaches the worker while the workflow ends can be lost, and then takes its whole
    // deadline: the end asks again.
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
