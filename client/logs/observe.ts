import type { SlipwayClient } from '../connect.ts';
import type { BuildSnapshot } from '../get.ts';
import { createPatience } from '../patience.ts';
import { patientSnapshots } from '../watch.ts';

/** A build that is looked at beside something else. */
export interface Observation {
  /**
   * The latest snapshot.
   *
   * @throws what `watchBuild` throws, also a while ago
   */
  current(): BuildSnapshot;
  stop(): Promise<void>;
}

/** Looks at the build until it ends; who does not answer for less than a minute is waited for. */
export function observeBuild(client: SlipwayClient, first: BuildSnapshot): Observation {
  const stopping = new AbortController();
  const { signal } = stopping;
  let latest = first;
  let failure: Error | null = null;

  async function watch(): Promise<void> {
    const patience = createPatience();
    // The first snapshot is an answer.
    patience.renew();
    const { buildId } = first.result;
    for await (const snapshot of patientSnapshots(client, buildId, { signal }, patience))
      latest = snapshot;
  }

  const watching = watch().catch((error: unknown) => {
    if (signal.aborted) return;
    failure = error instanceof Error ? error : new Error(String(error));
  });
  return {
    current() {
      if (failure !== null) throw failure;
      return latest;
    },
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}
