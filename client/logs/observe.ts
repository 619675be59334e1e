import { setTimeout as delay } from 'node:timers/promises';
import type { SlipwayClient } from '../connect.ts';
import type { BuildSnapshot } from '../get.ts';
import { NotAnswered } from '../rpc.ts';
import { watchBuild } from '../watch.ts';

/** Milliseconds for which workers may be away, e.g. while they are replaced by newer ones. */
const patience = 60_000;
const pause = 2_000;

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

/** Looks at the build until it ends; workers that are away for less than a minute are waited for. */
export function observeBuild(client: SlipwayClient, first: BuildSnapshot): Observation {
  const stopping = new AbortController();
  const { signal } = stopping;
  let latest = first;
  let seenAt = Date.now();
  let failure: Error | null = null;

  async function watch(): Promise<void> {
    for (;;) {
      try {
        for await (const snapshot of watchBuild(client, first.result.buildId, { signal })) {
          latest = snapshot;
          seenAt = Date.now();
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        const isAway = error instanceof NotAnswered && Date.now() - seenAt < patience;
        if (!isAway) throw error;
        await delay(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  const watching = watch().catch((error: unknown) => {
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
