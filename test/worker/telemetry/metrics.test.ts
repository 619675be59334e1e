import type { MetricMeter } from '@temporalio/common';
import { expect, test, vi } from 'vitest';
import { createMetrics } from '../../../worker/telemetry/metrics.ts';
import { reportPods } from '../../../worker/telemetry/pods.ts';

test('each metric is recorded as its kind is', () => {
  const calls: unknown[][] = [];
  const note =
    (what: string) =>
    (...args: unknown[]): void =>
      void calls.push([what, ...args]);
  const meter = {
    createCounter: (name: string) => ({ add: note(`add ${name}`) }),
    createGauge: (name: string) => ({ set: note(`set ${name}`) }),
    createHistogram: (name: string, type: string) => ({ record: note(`record ${type} ${name}`) }),
  } as unknown as MetricMeter;
  const metrics = createMetrics(meter);
  metrics.record('slipway_pods', 3, { phase: 'Running' });
  metrics.record('slipway_pods_swept_total', 2);
  metrics.record('slipway_phase_duration_seconds', 0.5, { phase: 'fetch' });
  expect(calls).toEqual([
    ['set slipway_pods', 3, { phase: 'Running' }],
    ['add slipway_pods_swept_total', 2, {}],
    ['record float slipway_phase_duration_seconds', 0.5, { phase: 'fetch' }],
  ]);
});

test('help texts hold no markup', () => {
  const texts: unknown[] = [];
  const create = (...args: unknown[]): object => {
    texts.push(args.at(-1));
    return {};
  };
  createMetrics({
    createCounter: create,
    createGauge: create,
    createHistogram: create,
  } as unknown as MetricMeter);
  expect(texts.length).toBeGreaterThan(5);
  for (const text of texts) expect(text).not.toContain('`');
});

test('Pods are told by phase, none as 0, once they are known', () => {
  vi.useFakeTimers();
  try {
    let known: ReadonlyMap<string, number> | null = null;
    const told: unknown[] = [];
    const stop = reportPods(
      { podsByPhase: () => known },
      { record: (_name, value, labels) => void told.push(`${String(labels?.['phase'])} ${value}`) },
    );
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual([]);
    known = new Map([['Running', 2]]);
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual(['Pending 0', 'Running 2', 'Succeeded 0', 'Failed 0', 'Unknown 0']);
    stop();
    vi.advanceTimersByTime(60_000);
    expect(told).toHaveLength(5);
  } finally {
    vi.useRealTimers();
  }
});
