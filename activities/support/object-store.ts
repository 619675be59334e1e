import type { Readable } from 'node:stream';

export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** The bucket, as activities use it. All methods throw `StorageUnavailable` when it does not answer. */
export interface ObjectStore {
  /** Size in bytes, or null when there is no such object. */
  size(key: string): Promise<number | null>;
  /** Writes the object whole or not at all; a stream of unknown length is sent in parts. */
  put(key: string, body: Buffer | Readable, contentType: string): Promise<void>;
  /** One conditional write (If-None-Match: *): false when an object of this key exists already. */
  putIfAbsent(key: string, body: Buffer, contentType: string): Promise<boolean>;
  /** The object's content, or null when there is no such object. */
  get(key: string): Promise<Buffer | null>;
  /** All objects under the prefix, sorted by key: a request per thousand, none per object. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /**
   * Resets the object's age, so that the bucket's lifecycle keeps it while it is in use. Throws
   * `StorageUnavailable` as well when there is no such object any more.
   */
  renew(key: string): Promise<void>;
  /** A URL that reads this one object for `seconds`; a credential: redact it wherever it is printed. */
  presignGet(key: string, seconds: number): Promise<string>;
  /** Whether the bucket lets anything expire; null where the store does not tell these keys. */
  hasLifecycle(): Promise<boolean | null>;
}
