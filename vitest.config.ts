import { defineConfig } from 'vitest/config';
import { TestOrder } from './test/support/test-order.ts';

const cluster = {
  globalSetup: 'test/support/cluster-setup.ts',
  // Real Pods on a small machine: a build takes seconds, an eviction up to a minute.
  testTimeout: 180_000,
  hookTimeout: 120_000,
};

/**
 * Three projects: `unit` needs nothing but Node; `cluster` and `bench` run against a local environment
 * of the run's own, which their global set-up starts and takes down again. What measures time, `bench`,
 * runs when all else has ended, one file after the other.
 */
export default defineConfig({
  test: {
    teardownTimeout: 120_000,
    // Most of the time is spent waiting for Pods.
    maxWorkers: 3,
    sequence: { sequencer: TestOrder },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{bench,cluster}/**', 'node_modules/**'],
          // For a machine that is busy: what ends, ends long before.
          testTimeout: 30_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          ...cluster,
        },
      },
      {
        test: {
          name: 'bench',
          include: ['test/bench/**/*.test.ts'],
          ...cluster,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
