import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ContainerView } from '../../../cli/view/containers.ts';
import {
  containerLine,
  painter,
  seconds,
  summary,
  type Painter,
} from '../../../cli/view/format.ts';
import type { ContainerStatus } from '../../../workflows/contract/build.ts';
import {
  attemptOf,
  buildResult,
  builtResult,
  componentResult,
  containerResult,
  digest,
  failureResult,
} from '../../support/results.ts';
import { textStream } from '../../support/text-stream.ts';

const plain: Painter = (_style, text) => text;
const marked: Painter = (style, text) => `<${String(style)}>${text}</>`;
const packageOf = (object: string) => ({ object, sha256: 'ab'.repeat(32) });

describe('a duration', () => {
  test.each([
    [0, '0.0 s'],
    [1_234, '1.2 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [60_000, '1 min 0 s'],
    [119_400, '1 min 59 s'],
    [119_800, '2 min 0 s'],
    [3_725_000, '62 min 5 s'],
  ])('of %d ms is %s', (milliseconds, text) => {
    expect(seconds(milliseconds)).toBe(text);
  });

  test('is right to half a second, and no minute has 60 of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (milliseconds) => {
        const text = seconds(milliseconds);
        const [, minutes = '0', rest] = /^(?:(\d+) min )?(\d+(?:\.\d)?) s$/.exec(text) ?? [];
        expect(Number(rest)).toBeLessThan(60);
        const told = (Number(minutes) * 60 + Number(rest)) * 1000;
        expect(Math.abs(told - milliseconds)).toBeLessThanOrEqual(500);
      }),
    );
  });
});

describe('colours', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each<[string, boolean, Record<string, string>, boolean]>([
    ['on a terminal', true, {}, true],
    ['in a file', false, {}, false],
    ['on a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['in a file with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
  ])('%s', (_where, isTTY, environment, coloured) => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS']) {
      vi.stubEnv(name, environment[name]);
    }
    const { stream } = textStream({ isTTY });
    Object.assign(stream, { getColorDepth: () => (environment['NO_COLOR'] === undefined ? 8 : 1) });
    const text = painter(stream)('red', 'failed');
    expect(text).toBe(coloured ? '\u001B[31mfailed\u001B[39m' : 'failed');
  });
});

describe('the line of a container', () => {
  const view = (changes: Partial<ContainerView> = {}): ContainerView => ({
    name: 'api/server',
    status: 'running',
    activity: 'fetching source',
    failed: false,
    done: false,
    lastLogLine: null,
    failure: null,
    ...changes,
  });

  test('has name, status and activity in columns', () => {
    const lines = [
      view(),
      view({ name: 'api/db', status: 'cancelled', activity: 'Cancelled' }),
      view({ name: 'web/a', status: 'built', activity: 'sha256:0123' }),
      view({ name: 'web/b', status: 'queued', activity: '' }),
    ].map((container) => containerLine(container, 10, 80, plain));
    expect(lines).toEqual([
      '  api/server  running    fetching source',
      '  api/db      cancelled  Cancelled',
      '  web/a       built      sha256:0123',
      '  web/b       queued',
    ]);
  });

  test.each<[ContainerStatus, string]>([
    ['built', 'green'],
    ['unchanged', 'green'],
    ['existing', 'green'],
    ['failed', 'red'],
    ['cancelled', 'yellow'],
    ['parked', 'yellow'],
    ['running', 'cyan'],
    ['queued', 'gray'],
    ['skipped', 'gray'],
  ])('paints %s %s, and only that', (status, colour) => {
    expect(containerLine(view({ status }), 10, 80, marked)).toBe(
      `  api/server  <${colour}>${status.padEnd(9)}</>  fetching source`,
    );
  });

  test('cuts an activity, and says so, where the line would be wider than the terminal', () => {
    const line = containerLine(view({ activity: 'x'.repeat(100) }), 10, 40, plain);
    expect(line).toHaveLength(40);
    expect(line).toMatch(/ {2}x{14}…$/);
  });

  test('is never wider than the terminal where name and status fit', () => {
    fc.assert(
      fc.property(fc.nat(120), fc.nat(200), fc.nat(60), (width, length, nameWidth) => {
        const name = 'n'.repeat(nameWidth);
        const activity = 'x'.repeat(length);
        const line = containerLine(view({ name, activity }), nameWidth, width, plain);
        const fixed = nameWidth + '    '.length + 'unchanged'.length;
        expect(line.length).toBeLessThanOrEqual(Math.max(width, fixed));
        expect(line.startsWith(`  ${name}  running`)).toBe(true);
        expect(line.endsWith(activity) || fixed + 2 + length > width).toBe(true);
      }),
    );
  });
});

describe('the summary', () => {
  test('of a success has every image and package', () => {
    const api = componentResult([builtResult('migrate'), builtResult('server')], {
      package: packageOf('components/shop/api/1.4.0.zip'),
    });
    const web = componentResult([builtResult('site', { status: 'unchanged' })], {
      name: 'web',
      package: packageOf('components/shop/web/1.4.0.zip'),
    });
    const result = buildResult([api, web], {
      version: '1.4.0',
      status: 'succeeded',
      package: packageOf('applications/shop/1.4.0.zip'),
    });
    expect(summary(result, null, plain).split('\n')).toEqual([
      'shop 1.4.0 succeeded',
      `  built      registry.test/shop/api-migrate@${digest}`,
      `  built      registry.test/shop/api-server@${digest}`,
      '  package    components/shop/api/1.4.0.zip',
      `  unchanged  registry.test/shop/api-site@${digest}`,
      '  package    components/shop/web/1.4.0.zip',
      '  package    applications/shop/1.4.0.zip',
      `             sha256:${'ab'.repeat(32)}`,
    ]);
  });

  test('of an image that took several attempts tells what the earlier ones met', () => {
    const attempts = [
      attemptOf({ next: 'attempt 1 has 1Gi' }),
      attemptOf({ generation: 1, outcome: 'succeeded', reason: null, decision: 'done' }),
    ];
    const result = buildResult([componentResult([builtResult('server', { attempts })])]);
    expect(summary(result, null, plain).split('\n').slice(1)).toEqual([
      `  built      registry.test/shop/api-server@${digest}`,
      '             attempt 0 (Pod bld-server-0): the node went away; attempt 1 has 1Gi',
    ]);
  });

  test('of a failure tells what failed, every attempt, the log’s end and what to do', () => {
    const log = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n');
    const failed = containerResult({
      status: 'failed',
      attempts: [
        attemptOf({ next: 'attempt 1 has 1Gi' }),
        attemptOf({ generation: 1, pod: 'bld-server-1', reason: null, decision: 'fail' }),
      ],
      failure: failureResult('BuildCommandFailed', {
        message: 'it exited with 7',
        log: `${log}\n`,
      }),
    });
    const result = buildResult([componentResult([failed])], { status: 'failed' });
    expect(summary(result, failureResult('Unknown'), plain).split('\n')).toEqual([
      'shop failed',
      '',
      'api/server: BuildCommandFailed',
      '  it exited with 7',
      '  attempt 0 (Pod bld-server-0): the node went away; attempt 1 has 1Gi',
      '  attempt 1 (Pod bld-server-1): failed; no further attempt',
      ...Array.from({ length: 15 }, (_, index) => `    | line ${index + 6}`),
      '  What to do: Do something.',
    ]);
  });

  test('of a failure shows the log without control sequences', () => {
    const log = '\u001b[31mred\u001b[0m\n1%\r2%\n\u001b]0;title\u0007done\n';
    const failure = failureResult('BuildCommandFailed', { log });
    const failed = containerResult({ status: 'failed', failure });
    const text = summary(buildResult([componentResult([failed])]), null, plain);
    expect(text).toContain('    | red\n    | 2%\n    | done\n');
  });

  test('of a failure begins the log with the instruction that was at work, and tells one attempt once', () => {
    const log = 'STEP 1/3: FROM debian\npulling\nSTEP 2/3: RUN make\nmake: no rule\n';
    const failed = containerResult({
      status: 'failed',
      attempts: [attemptOf({ decision: 'fail' })],
      failure: failureResult('BuildCommandFailed', { log }),
    });
    const result = buildResult([componentResult([failed])], { status: 'failed' });
    expect(summary(result, null, plain).split('\n').slice(2)).toEqual([
      'api/server: BuildCommandFailed',
      '  what failed',
      '    | STEP 2/3: RUN make',
      '    | make: no rule',
      '  What to do: Do something.',
    ]);
  });

  const gone = failureResult('SourceNotFound');
  const skipped = (name: string) => containerResult({ name, status: 'skipped', failure: gone });

  test('tells once what several containers failed of before any attempt', () => {
    const result = buildResult(
      [
        componentResult([skipped('a'), skipped('b')]),
        componentResult([skipped('c')], { name: 'web' }),
      ],
      { status: 'failed' },
    );
    const text = summary(result, null, plain);
    expect(text).toContain('\napi/a, api/b, web/c: SourceNotFound\n');
    expect(text.match(/What to do/g)).toHaveLength(1);
  });

  test.each([
    ['of another type', containerResult({ failure: failureResult('TemplateInvalid') })],
    [
      'with another message',
      containerResult({ failure: failureResult('SourceNotFound', { message: 'other' }) }),
    ],
    ['after an attempt', containerResult({ failure: gone, attempts: [attemptOf()] })],
  ])('tells each failure %s', (_which, other) => {
    const result = buildResult([componentResult([skipped('a'), other])], { status: 'failed' });
    expect(summary(result, null, plain).match(/What to do/g)).toHaveLength(2);
  });

  test('names the build where no container failed', () => {
    const result = buildResult([componentResult([builtResult('server')])], { status: 'failed' });
    const text = summary(result, failureResult('VersionExists'), plain);
    expect(text).toContain('\n\nshop: VersionExists\n  what failed\n  What to do: Do something.');
  });
});
