import { Readable } from 'node:stream';
import type { AttemptIdentity } from '../../workflows/contract/activities.ts';
import type { ObjectStore, StoredObject } from '../support/object-store.ts';
import type { Clock } from './clock.ts';

/** A part is written when it has this size, or when its first byte is this old. */
const partBytes = 256 * 1024;
const partMilliseconds = 2_000;
const contentType = 'text/plain; charset=utf-8';

/** What of an attempt its log's keys are made of. */
export type LogIdentity = Pick<
  AttemptIdentity,
  'buildId' | 'component' | 'container' | 'generation'
>;

/** `logs/<build id>/<component>/<container>/<generation>/`: where an attempt's log lies. */
function logPrefix(attempt: LogIdentity): string {
  return `logs/${attempt.buildId}/${attempt.component}/${attempt.container}/${attempt.generation}/`;
}

/** A part's key: six digits, so that listing by name is the log's order. */
export function logPartKey(attempt: LogIdentity, part: number): string {
  return `${logPrefix(attempt)}${String(part).padStart(6, '0')}`;
}

/** The whole log, once the attempt has ended: readers take it instead of the parts. */
export function logKey(attempt: LogIdentity): string {
  return `${logPrefix(attempt)}log`;
}

export interface LogSink {
  write(text: string): void;
  /** Writes what is left, then the whole log as one object. Throws `StorageUnavailable`. */
  finish(): Promise<void>;
  /** Ends the timed writing and keeps what is not written: the next worker reads it again. */
  abandon(): void;
}

/**
 * Writes a log in parts as it comes. It goes on where the parts in the store end: the same log is
 * to be written to it again from its beginning, and what is stored already is passed over. So a
 * worker that takes over needs nothing but the store.
 *
 * Throws `StorageUnavailable`.
 */
export async function openLogSink(
  store: ObjectStore,
  clock: Clock,
  attempt: AttemptIdentity,
): Promise<LogSink> {
  const parts = await storedParts(store, attempt);
  let toSkip = parts.reduce((sum, { size }) => sum + size, 0);
  let part = parts.length;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let writing: Promise<void> = Promise.resolve();
  const timers = new AbortController();

  const flush = (): Promise<void> => {
    const next = writing
      // A failed write has put its bytes back; this one takes them along.
      .catch(() => undefined)
      .then(async () => {
        if (pendingBytes === 0) return;
        const taken = pending;
        pending = [];
        pendingBytes = 0;
        try {
          await store.put(logPartKey(attempt, part), Buffer.concat(taken), contentType);
          part += 1;
        } catch (error) {
          pending = [...taken, ...pending];
          pendingBytes = pending.reduce((sum, { length }) => sum + length, 0);
          throw error;
        }
      });
    writing = next;
    return next;
  };
  const flushLater = async (): Promise<void> => {
    await clock.sleep(partMilliseconds, timers.signal);
    await flush();
  };

  return {
    write(text) {
      const bytes = Buffer.from(text);
      const skipped = Math.min(toSkip, bytes.length);
      toSkip -= skipped;
      if (skipped === bytes.length) return;
      const wasEmpty = pendingBytes === 0;
      pending.push(bytes.subarray(skipped));
      pendingBytes += bytes.length - skipped;
      // What fails here is met again by `finish`, which reports it.
      if (pendingBytes >= partBytes) flush().catch(() => undefined);
      else if (wasEmpty) flushLater().catch(() => undefined);
    },
    async finish() {
      timers.abort();
      await flush();
      await joinParts(store, attempt);
    },
    abandon() {
      timers.abort();
    },
  };
}

async function joinParts(store: ObjectStore, attempt: AttemptIdentity): Promise<void> {
  const parts = await storedParts(store, attempt);
  if (parts.length === 0) return;
  await store.put(logKey(attempt), Readable.from(contents(store, parts)), contentType);
}

async function* contents(
  store: ObjectStore,
  parts: readonly StoredObject[],
): AsyncGenerator<Buffer> {
  for (const { key } of parts) yield await store.get(key);
}

async function storedParts(
  store: ObjectStore,
  attempt: AttemptIdentity,
): Promise<readonly StoredObject[]> {
  const prefix = logPrefix(attempt);
  const objects = await store.list(prefix);
  return objects.filter(({ key }) => /^\d{6,}$/.test(key.slice(prefix.length)));
}
