import { orAbort } from './abort.ts';
import type { SlipwayClient } from './connect.ts';
import { buildEnd } from './end.ts';
import { BuildNotFound } from './errors.ts';
import { getBuild, type BuildSnapshot } from './get.ts';
import { createPatience, patienceTime } from './patience.ts';
import { unreachable } from './rpc.ts';

/** How `awaitBuild` waits. */
export interface AwaitOptions {
  /** Its abort ends the wait, with its reason; the build goes on. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until the build has ended, however it ended. Unlike `watchBuild` it asks nothing in between:
 * one call to Temporal waits for the end, which needs no worker, and costs the same for a build of
 * hundreds of containers. At the end a worker has to answer. Temporal, and at the end a worker, may be
 * away for a minute.
 *
 * @returns the snapshot of the end
 * @throws BuildNotFound, ServiceUnreachable, InvalidConfiguration, and the signal's reason when it aborts
 */
export async function awaitBuild(
  client: SlipwayClient,
  buildId: string,
  { signal }: AwaitOptions = {},
): Promise<BuildSnapshot> {
  const leaving = new AbortController();
  const ask = (): Promise<BuildSnapshot> =>
    client.temporal.withAbortSignal(leaving.signal, () => getBuild(client, buildId));
  try {
    await persistently(() => end(client, buildId, leaving.signal), signal);
    return await persistently(ask, signal);
  } finally {
    // A call that is under way would hold the process, and one that is tried again after its
    // connection was closed would end it.
    leaving.abort();
  }
}

/** That Temporal has forgotten the build is no error: the store may still have what it came to. */
async function end(client: SlipwayClient, buildId: string, signal: AbortSignal): Promise<void> {
  try {
    await buildEnd(client, buildId, signal);
  } catch (error) {
    const told = unreachable(client, error, { build: buildId });
    if (!(told instanceof BuildNotFound)) throw told;
  }
}

/** Calls again while nobody answers. */
async function persistently<T>(
  call: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const patience = createPatience();
  patience.renew();
  for (;;) {
    signal?.throwIfAborted();
    const begunAt = Date.now();
    try {
      return await orAbort(call(), signal);
    } catch (error) {
      // A call that finds nobody is given up after half that time: this one was heard.
      if (Date.now() - begunAt >= patienceTime) patience.renew();
      await patience.pause(error, signal);
    }
  }
}
