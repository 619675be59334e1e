import { createHash } from 'node:crypto';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, onTestFinished, test } from 'vitest';

import { download, DownloadError, extractMember } from '../../../dev/tools/download.ts';
import { scratchDirectory } from './support.ts';

const body = Buffer.from('a program'.repeat(10_000));
const sha256 = `sha256:${createHash('sha256').update(body).digest('hex')}`;
const sha512 = `sha512:${createHash('sha512').update(body).digest('hex')}`;
const impatient = { connectTimeoutMs: 100, idleTimeoutMs: 100 };

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/release`;
}

test.each([sha256, sha512])('a file whose sum fits is there as a whole (%s)', async (digest) => {
  const url = await serve((_request, response) => response.end(body));
  const directory = await scratchDirectory();
  const progress: (readonly [number, number | undefined])[] = [];
  await download(url, digest, join(directory, 'sub', 'file'), {
    onProgress: (...step) => progress.push(step),
  });
  expect(await readFile(join(directory, 'sub', 'file'))).toEqual(body);
  expect(progress.at(-1)?.[0]).toBe(body.length);
  expect(await readdir(join(directory, 'sub'))).toEqual(['file']);
});

test('redirects are followed, as release pages send them', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/elsewhere') response.end(body);
    else response.writeHead(302, { location: '/elsewhere' }).end();
  });
  const path = join(await scratchDirectory(), 'file');
  await download(url, sha256, path);
  expect((await stat(path)).size).toBe(body.length);
});

test.each<[string, RequestListener, RegExp]>([
  [
    'another sum',
    (_request, response) => response.end('another program'),
    /has the sha256 sum [0-9a-f]{64}, but [0-9a-f]{64} is pinned/,
  ],
  [
    'an answer that is no file',
    (_request, response) => response.writeHead(404).end(),
    /answered 404/,
  ],
  ['a server that never answers', () => {}, /did not answer within 100 ms/],
  [
    'a server that stops in the middle',
    (_request, response) => void response.writeHead(200).write(body.subarray(0, 5_000)),
    /sent nothing more within 100 ms/,
  ],
  [
    'a connection that is cut',
    (_request, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 5_000), () => response.destroy());
    },
    /could not be downloaded/,
  ],
])('%s leaves nothing behind', async (_name, listener, message) => {
  const url = await serve(listener);
  const directory = await scratchDirectory();
  const result = download(url, sha256, join(directory, 'file'), impatient);
  await expect(result).rejects.toThrow(DownloadError);
  await expect(result).rejects.toThrow(message);
  expect(await readdir(directory)).toEqual([]);
});

test('a port where nobody listens is told with its cause', async () => {
  const directory = await scratchDirectory();
  // Port 1 is reserved; nothing on a machine like this listens there.
  const result = download('http://127.0.0.1:1/release', sha256, join(directory, 'file'), impatient);
  await expect(result).rejects.toThrow(/could not be downloaded: .*(ECONNREFUSED|bad port)/);
});

test('an abort ends it with the abort’s reason', async () => {
  const abort = new AbortController();
  const url = await serve(() => abort.abort(new Error('interrupted')));
  const directory = await scratchDirectory();
  const result = download(url, sha256, join(directory, 'file'), { signal: abort.signal });
  await expect(result).rejects.toThrow('interrupted');
  expect(await readdir(directory)).toEqual([]);
});

async function archive(directory: string): Promise<string> {
  const tar = pack();
  tar.entry({ name: 'release/other' }, 'other');
  tar.entry({ name: 'release/tool' }, body.toString());
  tar.entry({ name: 'release/link', type: 'symlink', linkname: '/etc/passwd' });
  tar.finalize();
  const path = join(directory, 'archive.tar.gz');
  await writeFile(path, gzipSync(await buffer(tar)));
  return path;
}

test('one file of an archive becomes an executable', async () => {
  const directory = await scratchDirectory();
  const path = join(directory, 'out', 'tool');
  await extractMember(await archive(directory), 'release/tool', path);
  expect(await readFile(path)).toEqual(body);
  expect((await stat(path)).mode & 0o777).toBe(0o755);
  expect(await readdir(join(directory, 'out'))).toEqual(['tool']);
});

test.each(['tool', 'release/absent', 'release/link'])(
  'an archive without the file %s gives nothing',
  async (member) => {
    const directory = await scratchDirectory();
    const result = extractMember(await archive(directory), member, join(directory, 'out', 'tool'));
    await expect(result).rejects.toThrow(`holds no file ${member}`);
    expect(await readdir(join(directory, 'out'))).toEqual([]);
  },
);
