import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, onTestFinished, test } from 'vitest';

import type { AcquireProgramsOptions } from '../../../dev/tools/acquire-programs.ts';
import { findPrograms, makePrograms } from '../../../dev/tools/acquire-programs.ts';
import type { GoPart } from '../../../dev/tools/pins.ts';
import {
  goPart,
  recordingReporter,
  scratchDirectory,
  writeProgram,
  writeScript,
} from './support.ts';

/** A `go` that writes down how it was called and makes a program for each package. */
const workingGo = [
  'echo "$PWD: $* GOFLAGS=$GOFLAGS CGO_ENABLED=$CGO_ENABLED GOOS=$GOOS" >> "$GO_LOG"',
  'command=$1; out=',
  'if [ "$command" = list ]; then printf "one\\ntwo\\nthree\\n"; fi',
  'if [ "$command" != build ]; then exit 0; fi',
  'while [ $# -gt 0 ]; do',
  '  case "$1" in',
  '    -o) out=$2 ;;',
  '    example.com/*) echo "$1" >&2; name=${1#example.com/}',
  '      printf "#!/bin/sh\\necho tool version 2.1.0\\n" > "$out$name"; chmod 755 "$out$name" ;;',
  '  esac; shift',
  'done',
];

interface World extends AcquireProgramsOptions {
  readonly reporter: ReturnType<typeof recordingReporter>;
  readonly bin: string;
  readonly goLog: string;
}

async function world(part: GoPart, go: readonly string[] | undefined): Promise<World> {
  const root = await scratchDirectory();
  const bin = join(root, 'bin');
  await mkdir(join(root, 'modules', part.name), { recursive: true });
  await mkdir(bin);
  for (const name of ['go.mod', 'go.sum'])
    await writeFile(join(root, 'modules', part.name, name), name);
  if (go !== undefined) await writeScript(join(bin, 'go'), ...go);
  const goLog = join(root, 'go.log');
  const system = go === undefined ? '' : ':/usr/bin:/bin';
  return {
    parts: [part],
    modulesDirectory: join(root, 'modules'),
    cacheDirectory: join(root, 'cache'),
    environment: { PATH: bin + system, GO_LOG: goLog, GOFLAGS: '-mod=mod', GOOS: 'plan9' },
    reporter: recordingReporter(),
    architecture: 'x64',
    bin,
    goLog,
  };
}

async function releaseServer(
  names: readonly string[],
  version = '2.1.0',
): Promise<GoPart['downloads']> {
  const tar = pack();
  for (const name of names)
    tar.entry({ name: `bin/${name}` }, `#!/bin/sh\necho tool version ${version}\n`);
  tar.finalize();
  const archive = gzipSync(await buffer(tar));
  const server = createServer((_request, response) => response.end(archive));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/release.tar.gz`;
  const digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  const members = Object.fromEntries(names.map((name) => [name, `bin/${name}`]));
  return { x64: { url, digest, members } };
}

const names = ['slipway-one', 'slipway-two'];

test('what is compiled is compiled once, and found in the cache from then on', async () => {
  const options = await world(goPart(names), workingGo);
  expect((await findPrograms(options)).missing.map(({ pin }) => pin.name)).toEqual(names);

  const made = await makePrograms(options);
  expect(made.missing).toEqual([]);
  expect([...made.paths.keys()]).toEqual(names);
  for (const path of made.paths.values()) expect(path).toContain(options.cacheDirectory);

  const calls = (await readFile(options.goLog, 'utf8')).trim().split('\n');
  expect(await findPrograms(options)).toEqual(made);
  expect(await makePrograms(options)).toEqual(made);
  expect((await readFile(options.goLog, 'utf8')).trim().split('\n')).toEqual(calls);
});

test('the Go toolchain is called with cleaned flags, in the module’s directory', async () => {
  const options = await world(goPart(names, { linkerFlags: ['-X', 'a.b=1'] }), workingGo);
  await makePrograms(options);
  const build = (await readFile(options.goLog, 'utf8'))
    .split('\n')
    .find((line) => line.includes('build'));
  expect(build).toMatch(/\/modules\/part: build /);
  expect(build).toContain('-mod=readonly -trimpath -buildvcs=false -v -ldflags -s -w -X a.b=1 ');
  expect(build).toMatch(/GOFLAGS=-mod=readonly CGO_ENABLED=0 GOOS=$/);
  expect(options.reporter.lines).toEqual([
    'Compiling part 2.1.0 (slipway-one, slipway-two)',
    '  looking at modules',
    '  compiling package 1 of at most 3, example.com/slipway-one',
    '  compiling package 2 of at most 3, example.com/slipway-two',
  ]);
});

test('what the system has is used, and only the rest is compiled', async () => {
  const options = await world(goPart(names), workingGo);
  const own = await writeProgram(join(options.bin, 'slipway-one'), '2.9.0');
  const made = await makePrograms(options);
  expect(made.paths.get('slipway-one')).toBe(own);
  expect(made.paths.get('slipway-two')).toContain(options.cacheDirectory);
  expect(await readFile(options.goLog, 'utf8')).not.toContain('example.com/slipway-one');
});

test('PATH wins over the cache, a changed go.sum leaves it unused', async () => {
  const options = await world(goPart(['slipway-one']), workingGo);
  const first = (await makePrograms(options)).paths.get('slipway-one');
  await writeFile(join(options.modulesDirectory, 'part', 'go.sum'), 'other sums');
  const second = (await makePrograms(options)).paths.get('slipway-one');
  expect(second).not.toBe(first);
  const own = await writeProgram(join(options.bin, 'slipway-one'), '2.9.0');
  expect((await makePrograms(options)).paths.get('slipway-one')).toBe(own);
});

test.each<[string, readonly string[] | undefined, RegExp]>([
  ['there is no Go', undefined, /^there is no Go toolchain/],
  [
    'Go is too old',
    ['echo "go: go.mod requires go >= 1.26 (running go 1.19; GOTOOLCHAIN=local)" >&2', 'exit 1'],
    /^the Go toolchain is too old: go: go\.mod requires go >= 1\.26 \(running go 1\.19/,
  ],
  [
    'the compile fails',
    ['[ "$1" = build ] || exit 0', 'echo "verifying module: checksum mismatch" >&2', 'exit 1'],
    /^compiling: .*checksum mismatch/s,
  ],
])('where %s, the release is downloaded, or its failure told', async (_name, go, reason) => {
  const good = await world(goPart(names, { downloads: await releaseServer(names) }), go);
  const made = await makePrograms(good);
  expect(made.missing).toEqual([]);
  const directory = dirname(made.paths.get('slipway-one') ?? '');
  expect((await readdir(directory)).toSorted()).toEqual(names);

  const without = await world(goPart(names), go);
  const { missing, paths } = await makePrograms(without);
  expect(paths.size).toBe(0);
  expect(missing.map(({ pin }) => pin.name)).toEqual(names);
  expect(missing[0]?.reasons).toEqual([
    'not on PATH',
    'not in the cache',
    expect.stringMatching(reason),
    'downloading: no release file with a known sum for this machine',
  ]);
});

test('a failed compile leaves no half program in the cache', async () => {
  const failing = [...workingGo, 'echo "disk full" >&2', 'exit 1'];
  const options = await world(goPart(names), failing);
  await makePrograms(options).catch(() => {});
  const [directory = ''] = await readdir(join(options.cacheDirectory, 'programs'));
  expect(await readdir(join(options.cacheDirectory, 'programs', directory))).toEqual([]);
});

test('a download whose programs are of another version is not used', async () => {
  const downloads = await releaseServer(names, '7.0.0');
  const options = await world(goPart(names, { downloads }), undefined);
  const { missing } = await makePrograms(options);
  expect(missing[0]?.reasons.at(-1)).toMatch(/^downloading: .* is 7\.0\.0; accepted is 2\.1\.0/);
  expect((await findPrograms(options)).paths.size).toBe(0);
});

test('an abort ends everything instead of trying the next way', async () => {
  const abort = new AbortController();
  const downloads = await releaseServer(names);
  const options = await world(goPart(names, { downloads }), workingGo);
  const reporter = {
    ...options.reporter,
    step: async (): Promise<never> => {
      abort.abort(new Error('interrupted'));
      throw new Error('the compiler was interrupted');
    },
  };
  const result = makePrograms({ ...options, reporter, signal: abort.signal });
  await expect(result).rejects.toThrow('interrupted');
  expect((await findPrograms(options)).paths.size).toBe(0);
});
