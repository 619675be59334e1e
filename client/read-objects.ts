import type { Response } from 'undici';
import type { SlipwayClient } from './connect.ts';
import { grantReads } from './grant.ts';
import { connectStore, type Store } from './store.ts';

/** An object to read. */
export interface ObjectRead {
  /** The one kind that there is. */
  readonly kind: 'object';
  /** In the store's bucket: under `dockerfiles/`, `components/`, `applications/` or `results/`. */
  readonly key: string;
}

/** One object of the store that can be read for some minutes. */
export interface Download {
  /**
   * The object's content as the store answers it; null when there is no such object.
   *
   * @throws ServiceUnreachable when the store does not answer, or the right to read has ended
   */
  fetch(): Promise<Response | null>;
}

/**
 * Asks a worker for the right to read objects under `dockerfiles/`, `components/`, `applications/`
 * or `results/` for 15 minutes. The client needs no key for the store: it has to reach it, though.
 *
 * @param reads at most 300 at once
 * @param timeout milliseconds that workers get to answer; default: one minute
 * @returns one download for each, in order; nothing is fetched yet
 * @throws ReadRefused, ServiceUnreachable, InvalidConfiguration
 */
export async function openReads(
  client: SlipwayClient,
  reads: readonly ObjectRead[],
  timeout?: number,
): Promise<readonly Download[]> {
  if (reads.length === 0) return [];
  const { caBundle, urls } = await grantReads(client, reads, timeout);
  // Idle connections hold no process up, so that nobody has to close this.
  const store: Store = connectStore(caBundle);
  return urls.flat().map((url) => ({ fetch: () => store.get(url) }));
}
