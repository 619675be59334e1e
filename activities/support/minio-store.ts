import { randomUUID } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApplicationFailure } from '@temporalio/common';
import { Client, CopyDestinationOptions, CopySourceOptions, S3Error, type BucketItem } from 'minio';
import { failure } from '../../workflows/contract/failures.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import { redact } from './redact.ts';
import { trustedCertificates } from './tls.ts';

export interface MinioStoreOptions {
  /** `https://host:port`; Pods must reach the same one, because presigned URLs name it. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly caBundle: string | null;
  /** Milliseconds in which not one byte moves, either way, until a request is given up. */
  readonly stallTimeout?: number;
}

/** A store that copies a large object in place says nothing meanwhile. */
const defaultStallTimeout = 120_000;

const mebibyte = 1024 * 1024;
// With an unknown size the client would otherwise buffer parts of about 560 MB.
const partSize = 16 * mebibyte;
const temporaryPrefix = 'uploads/';

/** An S3 bucket through the MinIO client. See `ObjectStore` for the failure types. */
export function createMinioStore(options: MinioStoreOptions): ObjectStore {
  const { bucket } = options;
  const client = createClient(options);

  /** Runs one operation; whatever the store says is told with the object's name, redacted. */
  async function run<T>(what: string, operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw unavailable(`${what} in bucket ${bucket} at ${options.endpoint}`, error, [
        options.secretKey,
      ]);
    }
  }

  async function putStream(key: string, body: Readable, contentType: string): Promise<void> {
    const head = await readUpTo(body, partSize);
    const metadata = { 'Content-Type': contentType };
    if (head.ended) {
      await client.putObject(bucket, key, head.bytes, head.bytes.length, metadata);
      return;
    }
    // The client resumes any unfinished upload of the same key, be it another worker's: so each
    // upload has a key of its own, and the store copies the finished object to its place.
    const temporary = `${temporaryPrefix}${randomUUID()}`;
    try {
      await putParts(client, bucket, temporary, joined(head.bytes, body), metadata);
      await copy(temporary, key, metadata);
    } finally {
      await discard(temporary);
    }
  }

  async function copy(from: string, to: string, metadata: Record<string, string>): Promise<void> {
    await client.copyObject(
      new CopySourceOptions({ Bucket: bucket, Object: from }),
      new CopyDestinationOptions({
        Bucket: bucket,
        Object: to,
        MetadataDirective: 'REPLACE',
        Headers: metadata,
      }),
    );
  }

  /** The bucket's lifecycle removes what stays behind when this fails too. */
  async function discard(key: string): Promise<void> {
    await Promise.allSettled([
      client.removeIncompleteUpload(bucket, key),
      client.removeObject(bucket, key),
    ]);
  }

  return {
    async size(key) {
      return run(`looking for ${key}`, async () => {
        try {
          return (await client.statObject(bucket, key)).size;
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      });
    },

    async put(key, body, contentType) {
      await run(`writing ${key}`, async () => {
        if (!Buffer.isBuffer(body)) return putStream(key, body, contentType);
        await client.putObject(bucket, key, body, body.length, { 'Content-Type': contentType });
      });
    },

    async putIfAbsent(key, body, contentType) {
      return run(`creating ${key}`, async () => {
        try {
          // putObject would turn the condition into metadata (x-amz-meta-if-none-match).
          const response = await client.makeRequestAsync(
            {
              method: 'PUT',
              bucketName: bucket,
              objectName: key,
              headers: { 'Content-Type': contentType, 'If-None-Match': '*' },
            },
            body,
          );
          response.resume();
          return true;
        } catch (error) {
          if (error instanceof S3Error && error.code === 'PreconditionFailed') return false;
          throw error;
        }
      });
    },

    async get(key) {
      return run(`reading ${key}`, async () => {
        try {
          return await collect(await client.getObject(bucket, key));
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      });
    },

    async list(prefix) {
      return run(`listing ${prefix}`, async () => {
        const objects: StoredObject[] = [];
        for await (const item of client.listObjectsV2(bucket, prefix, true)) {
          const { name, size } = item as BucketItem;
          if (name !== undefined) objects.push({ key: name, size });
        }
        return objects.sort((one, other) => (one.key < other.key ? -1 : 1));
      });
    },

    async renew(key) {
      await run(`renewing ${key}`, async () => {
        const { metaData } = await client.statObject(bucket, key);
        const type: unknown = metaData['content-type'];
        await copy(key, key, {
          'Content-Type': typeof type === 'string' ? type : 'application/octet-stream',
        });
      });
    },

    async presignGet(key, seconds) {
      return run(`presigning ${key}`, () => client.presignedGetObject(bucket, key, seconds));
    },

    async hasLifecycle() {
      return run('asking for the lifecycle', async () => {
        try {
          await client.getBucketLifecycle(bucket);
          return true;
        } catch (error) {
          if (!(error instanceof S3Error)) throw error;
          // Builds need no right to ask, and not every store has lifecycles.
          return error.code === 'NoSuchLifecycleConfiguration' ? false : null;
        }
      });
    },
  };
}

function createClient(options: MinioStoreOptions): Client {
  const endpoint = new URL(options.endpoint);
  const useSSL = endpoint.protocol === 'https:';
  const agent = useSSL
    ? new HttpsAgent({ ca: [...trustedCertificates(options.caBundle)] })
    : new HttpAgent();
  return new Client({
    endPoint: endpoint.hostname,
    ...(endpoint.port === '' ? {} : { port: Number(endpoint.port) }),
    useSSL,
    region: options.region,
    accessKey: options.accessKey,
    secretKey: options.secretKey,
    partSize,
    transportAgent: endingStalled(agent, options.stallTimeout ?? defaultStallTimeout),
  });
}

/** The client has no time-outs: a store that falls silent would be waited for as long as it likes. */
function endingStalled(agent: HttpAgent, timeout: number): HttpAgent {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const socket = connect(options, done);
    if (socket instanceof Socket) {
      const stalled = new Error(`no answer for ${timeout / 1000} s`);
      socket.setTimeout(timeout, () => socket.destroy(stalled));
    }
    return socket;
  };
  return agent;
}

/** The client does not see the source's errors: it would wait for ever for the next part. */
async function putParts(
  client: Client,
  bucket: string,
  key: string,
  source: AsyncIterable<Buffer>,
  metadata: Record<string, string>,
): Promise<void> {
  const stop = new AbortController();
  const parts = new PassThrough({ highWaterMark: mebibyte });
  const feeding = pipeline(source, parts, { signal: stop.signal });
  const sending = client.putObject(bucket, key, parts, undefined, metadata);
  sending.catch(() => stop.abort());
  // The first cause wins: a failed upload aborts the source, and the other way round nothing waits.
  const [fed, sent] = await Promise.allSettled([
    feeding,
    Promise.race([sending, feeding.then(() => sending)]),
  ]);
  if (fed.status === 'rejected' && !stop.signal.aborted) throw fed.reason;
  if (sent.status === 'rejected') throw sent.reason;
}

async function readUpTo(
  body: Readable,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly ended: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  const iterator = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of iterator) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= limit) return { bytes: Buffer.concat(chunks), ended: false };
  }
  return { bytes: Buffer.concat(chunks), ended: true };
}

async function* joined(head: Buffer, rest: Readable): AsyncGenerator<Buffer> {
  yield head;
  for await (const chunk of rest) yield chunk as Buffer;
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function isMissing(error: unknown): boolean {
  return error instanceof S3Error && (error.code === 'NoSuchKey' || error.code === 'NotFound');
}

function unavailable(what: string, error: unknown, secrets: readonly string[]): Error {
  if (error instanceof ApplicationFailure) return error;
  const code = error instanceof S3Error && error.code !== undefined ? `${error.code}: ` : '';
  const text = error instanceof Error ? error.message : String(error);
  return failure('StorageUnavailable', `${what}: ${code}${redact(text, secrets)}`, {
    cause: error instanceof Error ? new Error(redact(error.message, secrets)) : undefined,
  });
}
