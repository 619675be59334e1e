import { setTimeout as delay } from 'node:timers/promises';
import { orAbort } from './abort.ts';
import type { SlipwayClient } from './connect.ts';
import { buildEnd } from './end.ts';
import { getBuild, type BuildSnapshot } from './get.ts';
import { createPatience, type Patience } from './patience.ts';

/** How `watchBuild` looks at a build. */
export interface WatchOptions {
  /** Milliseconds between snapshots of a running build. Default 1000. */
  readonly interval?: number;
  /** Its abort ends the watch at once, with its reason; the build goes on. */
  readonly signal?: AbortSignal;
}

/**
 * Snapshots of a build until it has ended; the last one is the end's, and comes as soon as the
 * build ends. Each needs a worker to answer. Once there has been one, Temporal and the workers may be
 * away for a minute, e.g. while they are replaced; a first one that nobody answers is an error.
 *
 * @throws BuildNotFound, ServiceUnreachable, InvalidConfiguration, and the signal's reason when it aborts
 */
export async function* watchBuild(
  client: SlipwayClient,
  buildId: string,
  options: WatchOptions = {},
): AsyncGenerator<BuildSnapshot, void, void> {
  yield* patientSnapshots(client, buildId, options, createPatience());
}

/** As `watchBuild`, with the caller's patience. */
export async function* patientSnapshots(
  client: SlipwayClient,
  buildId: string,
  { interval = 1000, signal }: WatchOptions,
  patience: Patience,
): AsyncGenerator<BuildSnapshot, void, void> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      for await (const snapshot of snapshots(client, buildId, interval, signal)) {
        yield snapshot;
        patience.renew();
      }
      return;
    } catch (error) {
      await patience.pause(error, signal);
    }
  }
}

async function* snapshots(
  client: SlipwayClient,
  buildId: string,
  interval: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<BuildSnapshot, void, void> {
  const leaving = new AbortController();
  const ask = (): Promise<BuildSnapshot> =>
    client.temporal.withAbortSignal(leaving.signal, () => getBuild(client, buildId));
  const last = endOf(client, buildId, leaving.signal).then(ask);
  let ended = false;
  last.then(
    () => (ended = true),
    () => (ended = true),
  );
  try {
    for (;;) {
      // The end does not wait for a query that was lost to it.
      const snapshot = await orAbort(ended ? last : Promise.race([last, ask()]), signal);
      yield snapshot;
      if (snapshot.closed) return;
      await pause(interval, last, signal);
    }
  } finally {
    // Also when the caller stops looking: the call that waits for the end would hold its process,
    // and a question that is tried again after its connection was closed would end it.
    leaving.abort();
  }
}

/** Until the interval is over or the build has ended; no timer is left to hold the process up. */
async function pause(
  interval: number,
  end: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const timer = new AbortController();
  const stop = signal === undefined ? timer.signal : AbortSignal.any([timer.signal, signal]);
  try {
    await Promise.race([end, delay(interval, undefined, { signal: stop }).catch(ignore)]);
  } finally {
    timer.abort();
  }
  signal?.throwIfAborted();
}

/** Resolves at the build's end; never, when that could not be waited for: then the snapshots tell. */
async function endOf(client: SlipwayClient, buildId: string, signal: AbortSignal): Promise<void> {
  await buildEnd(client, buildId, signal).catch(() => new Promise(ignore));
}

function ignore(): void {}
