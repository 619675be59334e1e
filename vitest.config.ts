import { defineConfig } from 'vitest/config';
import { TestOrder } from './test/support/test-order.ts';

/**
 * Two projects: `unit` needs nothing but Node; `cluster` runs against a local environment of its
 * own, which its global set-up starts and takes down again.
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
          include: ['test/{bench,cluster}/**/*.test.ts'],
          globalSetup: 'test/support/cluster-setup.ts',
          // Real Pods on a small machine: a build takes seconds, an eviction up to a minute.
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
