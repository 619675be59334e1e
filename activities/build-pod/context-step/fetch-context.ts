/**
 * Runs in a builder Pod before the builder: fetches the build context from its presigned URL,
 * unpacks it, and proves by its digest that it is the one that was put there. Its text travels with
 * the Pod, into an image that has Node.js and tar; so it imports nothing but Node's own modules.
 *
 * The URL is a credential: nothing that is printed here quotes it, and the builder, whose errors
 * would, never sees it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';

const tries = 3;
/** Milliseconds without a byte, after which the store is given up. */
const longestSilence = 60_000;

/** What became of one try: `type` is one of Slipway's failure types. */
interface Problem {
  readonly type: 'ContextUnavailable' | 'ContextExpired' | 'ContextCorrupted' | 'DiskFull';
  readonly message: string;
}

class FetchError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

async function main(): Promise<void> {
  const url = setting('CONTEXT_URL');
  const digest = setting('CONTEXT_DIGEST');
  const directory = setting('CONTEXT_DIRECTORY');
  const started = performance.now();
  for (let tried = 1; ; tried++) {
    try {
      const bytes = await fetchContext(url, digest, directory);
      const seconds = ((performance.now() - started) / 1_000).toFixed(1);
      process.stdout.write(`context: ${bytes} bytes fetched and unpacked in ${seconds} s\n`);
      return;
    } catch (error) {
      const problem = problemOf(error, url);
      if (problem.type !== 'ContextUnavailable' || tried === tries) return report(problem);
      process.stdout.write(`context: ${problem.message}; trying again in ${tried} s\n`);
      for (const name of await readdir(directory)) {
        await rm(join(directory, name), { recursive: true, force: true });
      }
      await delay(tried * 1_000);
    }
  }
}

/** Resolves to the bytes of the unpacked tar. */
async function fetchContext(url: string, digest: string, directory: string): Promise<number> {
  const silence = new AbortController();
  const watchdog = setTimeout(
    () => silence.abort(new Error(`nothing came for ${longestSilence / 1_000} s`)),
    longestSilence,
  );
  const hash = createHash('sha256');
  let bytes = 0;
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      watchdog.refresh();
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  try {
    const response = await fetch(url, { signal: silence.signal });
    if (!response.ok || response.body === null) throw refused(response);
    const tar = startTar(directory);
    const [feeding, unpacking] = await Promise.allSettled([
      pipeline(response.body, createGunzip(), counted, tar.input),
      tar.ended,
    ]);
    // Where tar ends first the pipe to it breaks: tar knows why.
    const isPipeBroken =
      feeding.status === 'rejected' &&
      ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(feeding.reason?.code);
    if (unpacking.status === 'rejected' && (feeding.status === 'fulfilled' || isPipeBroken)) {
      throw unpacking.reason;
    }
    if (feeding.status === 'rejected') throw feeding.reason;
  } finally {
    clearTimeout(watchdog);
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found === digest) return bytes;
  throw new FetchError({
    type: 'ContextCorrupted',
    message: `the object store holds ${found} under the key of ${digest}`,
  });
}

function startTar(directory: string): { readonly input: Writable; readonly ended: Promise<void> } {
  const tar = spawn(
    'tar',
    ['--extract', '--file=-', `--directory=${directory}`, '--no-same-owner', '--same-permissions'],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  async function end(): Promise<void> {
    const [errors, [code]] = await Promise.all([text(tar.stderr), once(tar, 'close')]);
    if (code === 0) return;
    const [first = `tar exited with ${code}`] = errors.split('\n').filter((line) => line !== '');
    const isFull = /no space left on device|disk quota exceeded/i.test(errors);
    throw new FetchError({ type: isFull ? 'DiskFull' : 'ContextUnavailable', message: first });
  }
  return { input: tar.stdin, ended: end() };
}

function refused({ status, statusText }: Response): FetchError {
  // An expired or wrong signature is 403 or 400, an object that is gone 404.
  const isExpired = [400, 401, 403, 404].includes(status);
  return new FetchError({
    type: isExpired ? 'ContextExpired' : 'ContextUnavailable',
    message: `the object store answered ${status} ${statusText}`.trimEnd(),
  });
}

function problemOf(error: unknown, url: string): Problem {
  if (error instanceof FetchError) return error.problem;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message }: { readonly code?: string | undefined; readonly message: string } =
    cause instanceof Error ? cause : { message: String(cause) };
  // Of several addresses that refuse, the code is all there is.
  const told = [code, message].filter(Boolean).join(': ');
  // Few errors quote the URL (a proxy's may); none must.
  const safe = told.replaceAll(url.slice(url.indexOf('?')), '?…');
  return code?.startsWith('Z_') === true
    ? { type: 'ContextCorrupted', message: `what the object store holds is no gzip: ${safe}` }
    : { type: 'ContextUnavailable', message: `the object store could not be read: ${safe}` };
}

/** The worker reads the report, the container's termination message; the log is for people. */
function report(problem: Problem): void {
  process.stdout.write(`context: ${problem.message}\n`);
  writeFileSync(setting('CONTEXT_REPORT'), JSON.stringify(problem));
  process.exitCode = 1;
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

await main();
