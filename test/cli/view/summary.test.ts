import { describe, expect, test } from 'vitest';
import type { Painter } from '../../../cli/view/format.ts';
import { summary } from '../../../cli/view/summary.ts';
import {
  attemptOf,
  buildResult,
  builtResult,
  componentResult,
  containerResult,
  digest,
  failureResult,
} from '../../support/results.ts';

const plain: Painter = (_style, text) => text;
const packageOf = (object: string) => ({ object, sha256: 'ab'.repeat(32) });

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

  test.each([
    ['was cancelled', { status: 'cancelled' }],
    [
      'was terminated',
      { status: 'failed', failure: failureResult('Cancelled', { message: 'someone did it' }) },
    ],
  ] as const)('of a container that %s tells what its attempts met', (_what, changes) => {
    const attempts = [attemptOf({ next: 'attempt 1 has 1Gi' })];
    const result = buildResult([
      componentResult([
        containerResult({ ...changes, attempts }),
        containerResult({ name: 'db', status: 'cancelled' }),
      ]),
    ]);
    const lines = summary(result, null, plain)
      .split('\n')
      .map((line) => line.trim());
    expect(lines.filter((line) => line.includes('api/server'))).toHaveLength(1);
    expect(lines).toContain('attempt 0 (Pod bld-server-0): the node went away; attempt 1 has 1Gi');
    expect(lines.join()).not.toContain('api/db');
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

  test('of a failure shows what it quotes without control sequences', () => {
    const log = '\u001b[31mred\u001b[0m\n1%\r2%\n\u001b]0;a title\u0007done\n';
    const message = 'it said\u001b[2J:\nno\u0007';
    const failure = failureResult('BuildCommandFailed', { message, log });
    const attempts = [attemptOf({ reason: 'gone\u001b[A\naway' }), attemptOf({ decision: 'fail' })];
    const failed = containerResult({ status: 'failed', failure, attempts });
    const text = summary(buildResult([componentResult([failed])]), null, plain);
    expect(text).toContain('\n  it said:\nno\n');
    expect(text).toContain(': gone away; attempt 1 follows\n');
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
