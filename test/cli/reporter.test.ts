import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lineReporter } from '../../cli/reporter.ts';
import { textStream } from '../support/text-stream.ts';

beforeEach(() => {
  vi.useFakeTimers();
  for (const name of ['FORCE_COLOR', 'NO_COLOR']) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function reporting() {
  const { stream, text } = textStream();
  return { reporter: lineReporter(stream), lines: () => text().trimEnd().split('\n') };
}

test('every line begins with the time since the command started', async () => {
  const { reporter, lines } = reporting();
  reporter.info('begin');
  await vi.advanceTimersByTimeAsync(61_999);
  reporter.warn('look');
  await vi.advanceTimersByTimeAsync(3_600_000);
  reporter.info('end');
  expect(lines()).toEqual(['00:00  begin', '01:01  look', '61:01  end']);
});

describe('a step', () => {
  test('tells its start, that it is alive with the latest note, and its end', async () => {
    const { reporter, lines } = reporting();
    const { promise, resolve } = Promise.withResolvers<string>();
    let note: (text: string) => void = () => {};
    const result = reporter.step('Compiling etcd', (noteOf) => {
      note = noteOf;
      return promise;
    });
    await vi.advanceTimersByTimeAsync(15_000);
    note('package 3 of 9');
    note('package 4 of 9');
    await vi.advanceTimersByTimeAsync(16_000);
    resolve('binary');
    await expect(result).resolves.toBe('binary');
    expect(lines()).toEqual([
      '00:00  Compiling etcd …',
      '00:15  Compiling etcd: 15.0 s',
      '00:30  Compiling etcd: 30.0 s, package 4 of 9',
      '00:31  Compiling etcd: done in 31.0 s',
    ]);
  });

  test('that fails tells so and throws what the work threw', async () => {
    const { reporter, lines } = reporting();
    const error = new Error('no disk');
    await expect(reporter.step('Copying', () => Promise.reject(error))).rejects.toBe(error);
    expect(lines()).toEqual(['00:00  Copying …', '00:00  Copying: failed after 0.0 s']);
  });

  test.each([
    ['ended', () => Promise.resolve()],
    ['failed', () => Promise.reject(new Error('no'))],
  ])('gives no sign of life when it has %s', async (_how, work) => {
    const { reporter, lines } = reporting();
    await reporter.step('Work', work).catch(() => undefined);
    const before = lines();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(lines()).toEqual(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});
