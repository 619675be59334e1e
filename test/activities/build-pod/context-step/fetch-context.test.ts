import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  readdir,
  rm,
  writeFile,
} from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packContext } from '../../../../activities/source/pack-context.ts';
import { writeFiles, type TestFile } from '../../../support/git-repository.ts';
import { openObjectServer, type ObjectServer } from '../../../support/object-server.ts';

const program = fileURLToPath(
  new URL('../../../../activities/build-pod/context-step/fetch-context.ts', import.meta.url),
);
const key = 'contexts/x.tar.gz';
const secret = 'X-Amz-Signature=planted';

// Tests wait for the program's pauses side by side, so all of them share what is cleaned up.
let root: string;
const servers = new AsyncDisposableStack();
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-test-'));
});
afterAll(async () => {
  await servers.disposeAsync();
  await rm(root, { recursive: true, force: true });
});
const newDirectory = (): Promise<string> => mkdtemp(join(root, 'of-'));

interface Run {
  readonly code: number;
  readonly output: string;
  readonly report: unknown;
  /** Where the context was to be unpacked. */
  readonly directory: string;
}

/** Runs the program as the Pod does, with nothing of this process's environment but PATH. */
async function fetchContext(
  url: string,
  digest: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const pod = await newDirectory();
  const directory = join(pod, 'context');
  const report = join(pod, 'report');
  await mkdir(directory);
  const env = {
    PATH: process.env['PATH'],
    CONTEXT_URL: url,
    CONTEXT_DIGEST: digest,
    CONTEXT_DIRECTORY: directory,
    CONTEXT_REPORT: report,
    ...environment,
  };
  const { code, output } = await new Promise<Pick<Run, 'code' | 'output'>>((resolve) => {
    execFile(process.execPath, [program], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });
  const text = await readFile(report, 'utf8').catch(() => null);
  // The URL is a credential: no word of it is for a log, whatever happens.
  expect(`${output}${text}`).not.toContain(secret);
  return { code, output, report: text === null ? null : JSON.parse(text), directory };
}

async function packed(files: Readonly<Record<string, TestFile>>) {
  const directory = await newDirectory();
  await writeFiles(directory, files);
  const context = await packContext(directory, '.', 'Dockerfile');
  return { digest: context.digest, archive: gzipSync(await buffer(context.open())) };
}

async function store(content?: Buffer | string): Promise<ObjectServer> {
  return servers.use(await openObjectServer(content === undefined ? {} : { [key]: content }));
}

const small = { Dockerfile: 'FROM scratch\n', 'app/run.sh': { script: '#!/bin/sh\n' } };

describe.concurrent('a context that is there', () => {
  test('is unpacked as it was packed', async () => {
    const deep = `${'directory-with-a-long-name/'.repeat(12)}file.txt`;
    const { digest, archive } = await packed({
      ...small,
      [deep]: 'deep',
      'übung.txt': 'not ASCII',
      current: { link: 'app/run.sh' },
    });
    const server = await store(archive);
    const run = await fetchContext(server.url(key), digest);

    expect(run).toMatchObject({ code: 0, report: null });
    expect(run.output).toMatch(/^context: \d+ bytes fetched and unpacked in \d+\.\d s\n$/);
    const path = (name: string): string => join(run.directory, name);
    expect(await readFile(path(deep), 'utf8')).toBe('deep');
    expect(await readFile(path('übung.txt'), 'utf8')).toBe('not ASCII');
    expect(await readlink(path('current'))).toBe('app/run.sh');
    const { mode, mtime } = await lstat(path('app/run.sh'));
    expect(mode & 0o777).toBe(0o755);
    expect(mtime.toISOString()).toBe('2000-01-01T00:00:00.000Z');
    expect(server.requests).toEqual([key]);
  });

  test('is asked for again where the store was away for a moment', async () => {
    const { digest, archive } = await packed(small);
    const server = await store(archive);
    server.interceptors.push((response) => response.writeHead(503).end());
    const run = await fetchContext(server.url(key), digest);

    expect(run).toMatchObject({ code: 0, report: null });
    expect(run.output).toContain('the object store answered 503 Service Unavailable; trying again');
    expect(server.requests).toHaveLength(2);
  });

  test('is unpacked anew where its transfer broke off', async () => {
    const noise = Buffer.concat(
      Array.from({ length: 4_000 }, (_, index) =>
        createHash('sha256').update(String(index)).digest(),
      ),
    ).toString('hex');
    const { digest, archive } = await packed({ ...small, 'b.txt': noise });
    const server = await store(archive);
    server.interceptors.push((response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, archive.length / 2), () => response.destroy());
    });
    const run = await fetchContext(server.url(key), digest);

    expect(run).toMatchObject({ code: 0, report: null });
    expect(await readdir(run.directory)).toEqual(['Dockerfile', 'app', 'b.txt']);
    expect(await readFile(join(run.directory, 'b.txt'), 'utf8')).toBe(noise);
  });
});

interface Failing {
  readonly what: string;
  readonly type: string;
  readonly message: RegExp;
  /** How often the store was asked. */
  readonly asked: number;
  readonly content?: Buffer | string;
  readonly answer?: (response: ServerResponse) => void;
}

const other = createHash('sha256').update('another tar').digest('hex');
const failing: readonly Failing[] = [
  {
    what: 'whose URL has expired',
    type: 'ContextExpired',
    message: /^the object store answered 403 Forbidden$/,
    asked: 1,
    answer: (response) => response.writeHead(403).end('<Code>AccessDenied</Code>'),
  },
  {
    what: 'that is gone',
    type: 'ContextExpired',
    message: /^the object store answered 404 Not Found$/,
    asked: 1,
  },
  {
    what: 'of a store that stays away',
    type: 'ContextUnavailable',
    message: /^the object store answered 500 Internal Server Error$/,
    asked: 3,
    answer: (response) => response.writeHead(500).end(),
  },
  {
    what: 'of a store that hangs up',
    type: 'ContextUnavailable',
    message: /^the object store could not be read: .*(other side closed|ECONNRESET|terminated)/,
    asked: 3,
    answer: (response) => response.destroy(),
  },
  {
    what: 'of which half was stored',
    type: 'ContextCorrupted',
    message: /^what the object store holds is no gzip: Z_BUF_ERROR/,
    asked: 1,
    content: gzipSync(Buffer.alloc(100_000, 'x')).subarray(0, 60),
  },
  {
    what: 'that is something else',
    type: 'ContextCorrupted',
    message: /^what the object store holds is no gzip: Z_DATA_ERROR/,
    asked: 1,
    content: 'not a gzip',
  },
];

// Longer than its pauses between three tries, on a machine that is busy.
describe.concurrent('a context', { timeout: 20_000 }, () => {
  test.for(failing)('$what fails as $type', async (failure) => {
    const server = await store(failure.content);
    for (let time = 0; failure.answer !== undefined && time < 3; time++) {
      server.interceptors.push(failure.answer);
    }
    const run = await fetchContext(server.url(key), `sha256:${other}`);

    expect(run).toMatchObject({
      code: 1,
      report: { type: failure.type, message: expect.stringMatching(failure.message) },
    });
    expect(server.requests).toHaveLength(failure.asked);
  });

  test('of other content than was put there is refused', async () => {
    const { digest, archive } = await packed(small);
    const server = await store(archive);
    const run = await fetchContext(server.url(key), `sha256:${other}`);

    expect(run).toMatchObject({
      code: 1,
      report: {
        type: 'ContextCorrupted',
        message: `the object store holds ${digest} under the key of sha256:${other}`,
      },
    });
  });

  test('of a store that nobody listens for is unavailable', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    const run = await fetchContext(`http://127.0.0.1:${port}/x?${secret}`, `sha256:${other}`);

    expect(run).toMatchObject({
      code: 1,
      report: { type: 'ContextUnavailable', message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  test.each([
    ['No space left on device', 'DiskFull'],
    ['Cannot open: Permission denied', 'ContextUnavailable'],
  ])('that tar cannot unpack (%s) is %s', async (words, type) => {
    const { digest, archive } = await packed(small);
    const server = await store(archive);
    // A full disk is not to be had here without a mount: the words are GNU tar's.
    const standIn = await newDirectory();
    const tar = join(standIn, 'tar');
    await writeFile(tar, `#!/bin/sh\necho "tar: app/run.sh: ${words}" >&2\nexit 2\n`);
    await chmod(tar, 0o755);
    const run = await fetchContext(server.url(key), digest, {
      PATH: `${standIn}:${process.env['PATH']}`,
    });

    expect(run).toMatchObject({
      code: 1,
      report: { type, message: `tar: app/run.sh: ${words}` },
    });
  });

  test('whose URL is none fails without quoting it', async () => {
    const run = await fetchContext(`no URL?${secret}`, `sha256:${other}`);
    expect(run).toMatchObject({
      code: 1,
      report: { type: 'ContextUnavailable', message: expect.stringContaining('Invalid URL') },
    });
  });
});
