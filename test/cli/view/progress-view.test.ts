import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { progressView } from '../../../cli/view/progress-view.ts';
import type { ContainerResult } from '../../../workflows/contract/build.ts';
import {
  attemptOf,
  builtResult,
  containerResult,
  failureResult,
  snapshotOf,
} from '../../support/results.ts';
import { textStream } from '../../support/text-stream.ts';

const queued = (name: string): ContainerResult => containerResult({ name });
const running = (name: string): ContainerResult => containerResult({ name, status: 'running' });
const failed = (name: string): ContainerResult =>
  containerResult({ name, status: 'failed', failure: failureResult('OutOfMemory') });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 100_000 });
  for (const name of ['FORCE_COLOR', 'NO_COLOR']) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('without a terminal', () => {
  test('a line tells each change of a container once', () => {
    const { stream, text } = textStream();
    const view = progressView(stream, 100_000);
    view.show(snapshotOf([queued('server'), queued('db')]));
    expect(text()).toBe('');
    vi.setSystemTime(101_500);
    view.show(snapshotOf([running('server'), queued('db')]));
    view.show(snapshotOf([running('server'), queued('db')]));
    vi.setSystemTime(107_000);
    view.show(snapshotOf([running('server'), failed('db')]));
    vi.setSystemTime(170_000);
    view.show(snapshotOf([builtResult('server'), failed('db')]));
    view.end();
    expect(text().split('\n')).toEqual([
      '    1.5 s  api/server  running',
      '    7.0 s  api/db      failed     OutOfMemory',
      '1 min 10 s  api/server  built      sha256:0123456789ab',
      '',
    ]);
  });

  test('an attempt that is tried again is told once, whatever became of its container', () => {
    const { stream, text } = textStream();
    const view = progressView(stream, 100_000);
    const attempts = [attemptOf({ next: 'attempt 1 has 1Gi' })];
    view.show(snapshotOf([{ ...running('server'), attempts }, queued('db')]));
    view.show(snapshotOf([builtResult('server', { attempts }), queued('db')]));
    expect(text().split('\n')).toEqual([
      '    0.0 s  api/server  attempt 0 (Pod bld-server-0): the node went away; attempt 1 has 1Gi',
      '    0.0 s  api/server  running',
      '    0.0 s  api/server  built      sha256:0123456789ab',
      '',
    ]);
  });

  test('what the build as a whole waits for is told when it changes', () => {
    const { stream, text } = textStream();
    const view = progressView(stream, 100_000);
    const away = (tries: number) => `SourceUnavailable: away (try ${tries} follows)`;
    for (const waitingFor of [away(2), away(2), away(3), null, away(3)])
      view.show(snapshotOf([queued('server')], { waitingFor }));
    expect(text().split('\n')).toEqual([
      `    0.0 s  waiting: ${away(2)}`,
      `    0.0 s  waiting: ${away(3)}`,
      `    0.0 s  waiting: ${away(3)}`,
      '',
    ]);
  });

  test.each([{ columns: 0, rows: 0 }, { columns: 80, rows: 0 }, { columns: 0, rows: 24 }, {}])(
    'it is the same on a terminal of size %j',
    (size) => {
      const { stream, text } = textStream({ isTTY: true, ...size });
      progressView(stream, 100_000).show(snapshotOf([running('server')]));
      expect(stripVTControlCharacters(text())).toMatch(/^    0\.0 s  api\/server  running *\n$/);
    },
  );

  test('a change of what a container does is a change', () => {
    const { stream, text } = textStream();
    const view = progressView(stream, 100_000);
    const live = { generation: 0, pod: null, result: running('server') };
    for (const phase of ['source', 'render', 'render'] as const) {
      view.show(
        snapshotOf([running('server')], { running: new Map([['api/server', { ...live, phase }]]) }),
      );
    }
    expect(text().split('\n')).toEqual([
      '    0.0 s  api/server  running    fetching source',
      '    0.0 s  api/server  running    rendering Dockerfile',
      '',
    ]);
  });
});

describe('on a terminal', () => {
  test('a failure is told above the table', () => {
    const { stream, text } = textStream({ isTTY: true, columns: 60, rows: 24 });
    progressView(stream, 98_000).show(snapshotOf([running('a'), failed('e')]));
    expect(stripVTControlCharacters(text()).trimEnd().split(/ *\n/)).toEqual([
      'api/e: OutOfMemory what failed',
      '  Do something.',
      '  api/a  running',
      '  api/e  failed     OutOfMemory',
      '  1 of 2 done, 1 failed, 1 running, 2.0 s',
    ]);
  });

  test('what the build as a whole waits for is below the counts', () => {
    const { stream, text } = textStream({ isTTY: true, columns: 40, rows: 24 });
    const waitingFor = 'SourceUnavailable: git.example.com does not answer (try 4 follows)';
    progressView(stream, 98_000).show(snapshotOf([queued('a')], { waitingFor }));
    expect(stripVTControlCharacters(text()).trimEnd().split(/ *\n/)).toEqual([
      '  api/a  queued',
      '  0 of 1 done, 2.0 s',
      '  waiting: SourceUnavailable: git.examp…',
    ]);
  });

  test('an attempt that is tried again is told once, above the table', () => {
    const { stream, text } = textStream({ isTTY: true, columns: 120, rows: 24 });
    const view = progressView(stream, 98_000);
    const attempts = [attemptOf({ next: 'attempt 1 has 1Gi' })];
    for (let times = 0; times < 3; times += 1)
      view.show(snapshotOf([{ ...running('e'), attempts }, running('f')]));
    const notes = stripVTControlCharacters(text()).match(/api\/e attempt 0 .*; attempt 1 has 1Gi/g);
    expect(notes).toHaveLength(1);
  });

  test('a failure is told once, however often its container is shown', () => {
    const { stream, text } = textStream({ isTTY: true, columns: 60, rows: 24 });
    const view = progressView(stream, 98_000);
    for (let times = 0; times < 3; times += 1) view.show(snapshotOf([failed('e'), running('f')]));
    view.end();
    expect(text().match(/Do something\./g)).toHaveLength(1);
  });

  test('a note stays, and the table goes on below it', () => {
    const { stream, text } = textStream({ isTTY: true, columns: 60, rows: 24 });
    const view = progressView(stream, 98_000);
    view.show(snapshotOf([running('f')]));
    view.note('The build goes on.');
    view.show(snapshotOf([builtResult('f')]));
    view.end();
    const lines = stripVTControlCharacters(text()).split('\n');
    expect(lines.indexOf('The build goes on.')).toBeGreaterThan(0);
    expect(lines.findLastIndex((line) => line.includes('built'))).toBeGreaterThan(
      lines.indexOf('The build goes on.'),
    );
  });

  test('the last line of a builder’s log is beside its container', () => {
    const { stream, text } = textStream({ isTTY: true, columns: 60, rows: 24 });
    const progress = {
      phase: 'pod',
      generation: 0,
      pod: 'bld-1',
      result: running('f'),
      lastLogLine: 'RUN npm ci\n',
    } as const;
    const live = new Map([['api/f', progress]]);
    progressView(stream, 98_000).show(snapshotOf([running('f')], { running: live }));
    expect(stripVTControlCharacters(text())).toContain('  api/f  running    bld-1  RUN npm ci\n');
  });

  test('200 containers with long names stay within 80 columns and the terminal’s rows', () => {
    const { stream, text } = textStream({ isTTY: true, columns: 80, rows: 24 });
    const many = Array.from({ length: 200 }, (_, index) =>
      running(`a-container-with-quite-a-long-name-that-goes-on-and-on-${index}`),
    );
    progressView(stream, 98_000).show(snapshotOf(many));
    const lines = stripVTControlCharacters(text()).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(23);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toBe('  0 of 200 done, 200 running, 2.0 s');
  });
});
