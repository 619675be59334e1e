import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` needs nothing but Node; `cluster` runs against a local environment of its
 * own, which its global set-up starts and takes down again.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cluster/**', 'node_modules/**'],
        },
      },
    ],
  },
});
