import { Readable } from 'node:stream';
import type { AttemptIdentity } from '../../workflows/contract/activities.ts';
import type { ObjectStore, StoredObject } from '../support/object-store.ts';
import type { Clock } from './clock.ts';

/** A part is written when it has this size, or when its first byte is this old. */
const partBytes = 256 * 1024;
const partMilliseconds = 2_000;
/** Bytes that are kept while the store does not take them. */
const longestPending = 8 * 1024 * 1024;
const interrupted = '\n… the log was interrupted here: lines may be missing or come twice …\n';
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
  /**
   * Takes the next piece. It resolves when the piece can be kept, which takes as long as the store
   * needs to catch up with a log that is far ahead of it. Throws `StorageUnavailable` then.
   */
  write(text: string): Promise<void>;
  /** Writes what is left, then the whole log as one object. Throws `StorageUnavailable`. */
  finish(): Promise<void>;
  /** Ends the timed writing and keeps what is not written: the next worker reads it again. */
  abandon(): void;
}

/**
 * Writes a log in parts as it comes. It goes on where the parts in the store end: the same log is
 * to be written to it again from its beginning, and is passed over as far as it is what is stored.
 * So a worker that takes over needs nothing but the store. Where it is another text, the node has
 * begun a new file meanwhile, or another worker writes as well: from there on all is written.
 *
 * Throws `StorageUnavailable`.
 */
export async function openLogSink(
  store: ObjectStore,
  clock: Clock,
  attempt: AttemptIdentity,
): Promise<LogSink> {
  const stored = storedText(store, attempt, (await storedParts(store, attempt)).length);
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  /** Of a part that is being written. */
  let takenBytes = 0;
  let writing: Promise<void> = Promise.resolve();
  const timers = new AbortController();
  let isTimed = false;

  const writePart = async (): Promise<void> => {
    if (pendingBytes === 0) return;
    let bytes: Buffer = Buffer.concat(pending);
    takenBytes = pendingBytes;
    pending = [];
    pendingBytes = 0;
    try {
      for (;;) {
        bytes = await stored.passOver(bytes);
        if (bytes.length === 0) return;
        const key = logPartKey(attempt, stored.parts());
        const isWritten = await store.putIfAbsent(key, bytes, contentType);
        stored.add(isWritten);
        if (isWritten) return;
      }
    } catch (error) {
      pending.unshift(bytes);
      pendingBytes += bytes.length;
      throw error;
    } finally {
      takenBytes = 0;
    }
  };
  const flush = (): Promise<void> => {
    // A failed write has put its bytes back; this one takes them along.
    writing = writing.catch(() => undefined).then(writePart);
    return writing;
  };
  // What fails is tried again, and met by `finish`, which reports it.
  const flushNow = (): Promise<void> => flush().catch(flushLater);
  const flushLater = async (): Promise<void> => {
    if (isTimed) return;
    isTimed = true;
    await clock.sleep(partMilliseconds, timers.signal).finally(() => {
      isTimed = false;
    });
    await flushNow();
  };

  return {
    async write(text) {
      if (text === '') return;
      const bytes = Buffer.from(text);
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (takenBytes + pendingBytes >= longestPending) await flush();
      else (pendingBytes >= partBytes ? flushNow() : flushLater()).catch(() => undefined);
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

/** What the store has of the log, as a position in it that moves on with what is read again. */
interface StoredText {
  /** The number of parts so far, which is the next one's. */
  parts(): number;
  /** There is one more: written by this sink, or else by another, and then it is passed over. */
  add(isOwn: boolean): void;
  /** What is left of `bytes` when the stored text that they repeat is taken off. */
  passOver(bytes: Buffer): Promise<Buffer>;
}

function storedText(store: ObjectStore, attempt: AttemptIdentity, count: number): StoredText {
  let next = 0;
  let part: Buffer = Buffer.alloc(0);
  return {
    parts: () => count,
    add(isOwn) {
      count += 1;
      if (isOwn) next = count;
    },
    async passOver(bytes) {
      let left = bytes;
      while (left.length > 0) {
        if (part.length === 0) {
          if (next === count) break;
          // The part after one that someone has deleted is another text: no build fails for it.
          part = (await store.get(logPartKey(attempt, next))) ?? Buffer.alloc(0);
          next += 1;
        }
        const length = Math.min(part.length, left.length);
        if (!left.subarray(0, length).equals(part.subarray(0, length))) {
          part = Buffer.alloc(0);
          next = count;
          return Buffer.concat([Buffer.from(interrupted), left]);
        }
        part = part.subarray(length);
        left = left.subarray(length);
      }
      return left;
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
  for (const { key } of parts) {
    const part = await store.get(key);
    if (part !== null) yield part;
  }
}

async function storedParts(
  store: ObjectStore,
  attempt: AttemptIdentity,
): Promise<readonly StoredObject[]> {
  const prefix = logPrefix(attempt);
  const objects = await store.list(prefix);
  return objects.filter(({ key }) => /^\d{6,}$/.test(key.slice(prefix.length)));
}
