import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform, pipeline as callbackPipeline } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Until the server has answered with its headers, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** The longest pause between two pieces of the body, in milliseconds. */
  readonly idleTimeoutMs?: number;
  /** How much has come so far, in bytes; `total` where the server says it. */
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

/** A download that did not end with the pinned bytes. Nothing of it is left on disk. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/**
 * Downloads a file whose digest (`sha256:…` or `sha512:…`) is known. The file appears under `path`
 * only when all of it has come and the digest fits. Throws `DownloadError`.
 */
export async function download(
  url: string,
  digest: string,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const [algorithm = '', expected = ''] = digest.split(':');
  const partial = `${path}.partial-${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const hash = createHash(algorithm);
    await fetchTo(url, partial, options, (chunk) => hash.update(chunk));
    const actual = hash.digest('hex');
    if (actual !== expected) {
      throw new DownloadError(
        `${url} has the ${algorithm} sum ${actual}, but ${expected} is pinned. It was not used.`,
      );
    }
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

async function fetchTo(
  url: string,
  path: string,
  options: DownloadOptions,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const connectMs = options.connectTimeoutMs ?? 5_000;
  const idleMs = options.idleTimeoutMs ?? 15_000;
  const stall = new AbortController();
  const expire = (message: string, ms: number): NodeJS.Timeout =>
    setTimeout(() => stall.abort(new DownloadError(`${url} ${message} within ${ms} ms`)), ms);
  const signal = options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal;

  let timer = expire('did not answer', connectMs);
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new DownloadError(`${url} answered ${response.status} ${response.statusText}`.trim());
    }
    const total = Number(response.headers.get('content-length') ?? Number.NaN);
    let received = 0;
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        clearTimeout(timer);
        timer = expire('sent nothing more', idleMs);
        received += chunk.length;
        onChunk(chunk);
        options.onProgress?.(received, Number.isNaN(total) ? undefined : total);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(path), { signal });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (stall.signal.aborted) throw stall.signal.reason;
    if (error instanceof DownloadError) throw error;
    throw new DownloadError(`${url} could not be downloaded: ${rootMessage(error)}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch failed` says nothing; what went wrong is in the cause. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/**
 * Takes one file out of a .tar.gz and makes it an executable under `path`, which appears only when
 * it is whole. Throws `DownloadError` where the archive has no such file.
 */
export async function extractMember(archive: string, member: string, path: string): Promise<void> {
  const partial = `${path}.partial-${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  let found = false;
  const entries = extract();
  entries.on('entry', (header, stream, next) => {
    if (header.name.replace(/^\.\//, '') !== member || header.type !== 'file') {
      stream.on('end', next);
      stream.resume();
      return;
    }
    found = true;
    callbackPipeline(stream, createWriteStream(partial), next);
  });
  try {
    await pipeline(createReadStream(archive), createGunzip(), entries);
    if (!found) throw new DownloadError(`${archive} holds no file ${member}`);
    await chmod(partial, 0o755);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
