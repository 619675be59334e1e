import type { Response } from 'undici';
import type { ReadRequest } from '../../workflows/contract/activities.ts';
import { orAbort } from '../abort.ts';
import type { SlipwayClient } from '../connect.ts';
import { grantReads } from '../grant.ts';
import { connectStore, UrlExpired, type Store } from '../store.ts';

/** One attempt's log. */
interface LogName {
  readonly component: string;
  readonly container: string;
  readonly generation: number;
}

/** Reads a build's logs from the store, with URLs that it renews as they are used up or get old. */
export interface LogAccess {
  /**
   * Asks for the URLs of all these logs together: else each would take a workflow of its own.
   * `from` is the next part that is wanted; null where the joined log is.
   */
  prepare(logs: readonly (LogName & { readonly from: number | null })[]): Promise<void>;
  /** One part of a log; null when it is not there, or not yet. */
  part(log: LogName, part: number): Promise<string | null>;
  /** The joined log from this byte on; null when there is none, as of an attempt that runs. */
  joined(log: LogName, from: number): Promise<Response | null>;
  close(): Promise<void>;
}

/** URLs of one grant at most. */
const grantUrls = 300;
/** Parts for which a log gets URLs at once: a part comes every 2 s at most, so 40 s to 6 min. */
const partCounts = { least: 20, most: 199 };
/** Milliseconds before its end at which a grant counts as over. */
const margin = 30_000;

interface LogUrls {
  readonly joined: string;
  readonly from: number;
  readonly parts: readonly string[];
  readonly expiresAt: number;
}
interface Wanted extends LogName {
  readonly from: number;
  readonly count: number;
}

export function openLogAccess(
  client: SlipwayClient,
  buildId: string,
  signal: AbortSignal | undefined,
): LogAccess {
  const known = new Map<string, LogUrls>();
  let store: Store | null = null;
  const options = signal === undefined ? {} : { signal };

  async function request(logs: readonly Wanted[]): Promise<void> {
    const reads = logs.map(({ component, container, generation, from, count }): ReadRequest => ({
      kind: 'log',
      buildId,
      component,
      container,
      generation,
      from,
      count,
    }));
    const { urls, caBundle, expiresAt } = await orAbort(grantReads(client, reads), signal);
    store ??= connectStore(caBundle);
    for (const [index, log] of logs.entries()) {
      const [joined, ...parts] = urls[index] ?? [];
      if (joined === undefined) throw new TypeError('a grant answers each read');
      known.set(nameOf(log), { joined, from: log.from, parts, expiresAt });
    }
  }

  function valid(log: LogName): LogUrls | null {
    const urls = known.get(nameOf(log));
    return urls === undefined || urls.expiresAt - margin < Date.now() ? null : urls;
  }

  /** @param choose the URL among those of the log; undefined when it is not among them */
  async function get(
    wanted: Wanted,
    choose: (urls: LogUrls) => string | undefined,
    from: number,
  ): Promise<Response | null> {
    for (let isRenewed = false; ; isRenewed = true) {
      const urls = valid(wanted);
      const url = urls === null ? undefined : choose(urls);
      if (url === undefined || store === null) {
        await request([wanted]);
        continue;
      }
      try {
        return await store.get(url, { from, ...options });
      } catch (error) {
        // Clocks differ: the store may see the end of a URL before we do.
        if (!(error instanceof UrlExpired) || isRenewed) throw error;
        known.delete(nameOf(wanted));
      }
    }
  }

  return {
    async prepare(logs) {
      const count = partCount(logs.filter(({ from }) => from !== null).length);
      const missing = logs
        .filter((log) => !suffices(valid(log), log.from))
        .map(({ from, ...log }) =>
          from === null ? { ...log, from: 0, count: 0 } : { ...log, from, count },
        );
      for (const batch of batches(missing)) {
        signal?.throwIfAborted();
        await request(batch);
      }
    },
    async part(log, part) {
      const wanted = { ...log, from: part, count: partCounts.least };
      const response = await get(wanted, (urls) => urls.parts[part - urls.from], 0);
      return response === null ? null : response.text();
    },
    joined: (log, from) => get({ ...log, from: 0, count: 0 }, (urls) => urls.joined, from),
    close: async () => store?.close(),
  };
}

function partCount(logs: number): number {
  const fair = Math.floor(grantUrls / Math.max(1, logs)) - 1;
  return Math.min(partCounts.most, Math.max(partCounts.least, fair));
}

/** As many logs together as one grant has URLs for. */
function batches(logs: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const all: Wanted[][] = [];
  let room = 0;
  for (const log of logs) {
    const urls = log.count + 1;
    if (urls > room) {
      all.push([]);
      room = grantUrls;
    }
    all.at(-1)?.push(log);
    room -= urls;
  }
  return all;
}

function suffices(urls: LogUrls | null, part: number | null): boolean {
  if (urls === null) return false;
  return part === null || (part >= urls.from && part < urls.from + urls.parts.length);
}

function nameOf({ component, container, generation }: LogName): string {
  return `${component}/${container}/${generation}`;
}
