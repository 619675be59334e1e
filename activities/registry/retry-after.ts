/** Longer than this an activity would outlive its own deadline. Milliseconds. */
const longestWait = 300_000;

/**
 * A Retry-After header, seconds or a date (RFC 9110 §10.2.3), as milliseconds from one second to five
 * minutes; undefined where it says nothing usable.
 *
 * @param now milliseconds
 */
export function retryDelay(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 1_000), longestWait);
}
