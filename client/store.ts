import { setTimeout as delay } from 'node:timers/promises';
import { getCACertificates } from 'node:tls';
import { Agent, fetch, Response } from 'undici';
import { ServiceUnreachable } from './errors.ts';

/** Milliseconds before the second try, the third, … */
const pauses = [250, 1_000, 3_000];
/** Milliseconds until the connection stands; for the headers, and between two pieces of a body. */
const timeouts = { connect: 10_000, idle: 30_000 };

interface GetOptions {
  /** First byte that is wanted. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/** Reads the object store by presigned URLs. */
export interface Store {
  /**
   * The object, without a body when it ends before `from`; null when there is none.
   *
   * @throws ServiceUnreachable when the store does not answer for some seconds; UrlExpired
   */
  get(url: string, options?: GetOptions): Promise<Response | null>;
  close(): Promise<void>;
}

/** The URL does not read any more: another grant is needed. */
export class UrlExpired extends ServiceUnreachable {}

/** @param caBundle PEM text of CAs that are trusted beside the machine's own; null for none */
export function connectStore(caBundle: string | null): Store {
  const own = caBundle === null ? [] : [caBundle];
  const ca = [
    ...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...own]),
  ];
  const dispatcher = new Agent({
    connect: { ca, timeout: timeouts.connect },
    headersTimeout: timeouts.idle,
    bodyTimeout: timeouts.idle,
  });

  async function once(url: string, { from = 0, signal }: GetOptions): Promise<Response | null> {
    const response = await fetch(url, {
      dispatcher,
      ...(from === 0 ? {} : { headers: { range: `bytes=${from}-` } }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404) return null;
    if (response.status === 416) return new Response(null, { status: 204 });
    const place = `the object store at ${new URL(url).host}`;
    if (response.status === 403) {
      throw new UrlExpired(`${place} refuses the read (403): its right to read has ended`);
    }
    throw new ServiceUnreachable(`${place} answered ${response.status}`);
  }

  return {
    async get(url, options = {}) {
      for (const pause of [...pauses, null]) {
        try {
          return await once(url, options);
        } catch (error) {
          options.signal?.throwIfAborted();
          if (error instanceof UrlExpired) throw error;
          if (pause === null) throw away(url, error);
          await delay(pause, undefined, options);
        }
      }
      throw new TypeError('the last try returns or throws');
    },
    close: () => dispatcher.destroy(),
  };
}

/** Never with the URL itself: its query is a credential. */
function away(url: string, error: unknown): Error {
  if (error instanceof ServiceUnreachable) return error;
  // What undici throws is `fetch failed`; why is its cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ServiceUnreachable(
    `the object store at ${new URL(url).host} does not answer: ${reason}`,
    { cause },
  );
}
