import { writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { down } from '../../dev/down.ts';
import type { LocalEnvironment } from '../../dev/environment.ts';
import { instancePaths } from '../../dev/instance/paths.ts';
import { up } from '../../dev/up.ts';
import { lineReporter } from '../../cli/reporter.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import type { Reporter } from '../../dev/reporter.ts';
import { startRunGuard } from './product/run-guard.ts';
import { abandonedTestHomes, makeTestHome } from './test-home.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly environment: LocalEnvironment;
    /** File with the workflow code, for all workers of the run. */
    readonly workflowBundle: string;
  }
}

/**
 * An environment of the run's own, gone without a trace when the tests are done. All that happens
 * in it is watched for second Pods, leftovers and readable secrets: they fail the run.
 */
export default async function setup({ vitest }: TestProject): Promise<() => Promise<void>> {
  // One for both projects.
  if ('environment' in vitest.getProvidedContext()) return async () => {};
  const reporter = lineReporter(process.stderr);
  await removeAbandoned(reporter);
  const home = await makeTestHome('run');
  const [environment, { code }] = await Promise.all([
    up({
      home,
      cacheDirectory: process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway'),
      environment: process.env,
      reporter,
      fileRoots: [tmpdir()],
    }),
    bundleWorkflows(new DefaultLogger('ERROR')),
  ]);
  vitest.provide('environment', environment);
  const workflowBundle = join(instancePaths(home).work, 'workflow-bundle.js');
  await writeFile(workflowBundle, code);
  vitest.provide('workflowBundle', workflowBundle);
  const guard = await startRunGuard(environment);
  return async () => {
    try {
      const breaches = await guard.finish();
      if (breaches.length > 0) fail(breaches);
    } finally {
      await down({ home, purge: true, reporter });
    }
  };
}

/** Errors of a teardown are printed by vitest, but do not fail the run. */
function fail(breaches: readonly string[]): never {
  process.exitCode = 1;
  throw new Error(
    `the run of the cluster tests broke an invariant (DESIGN.md: 1, 4, 5):\n${breaches.join('\n')}`,
  );
}

/** Environments of runs that were killed; one that cannot be taken down must not keep this run from its start. */
async function removeAbandoned(reporter: Reporter): Promise<void> {
  for (const home of await abandonedTestHomes()) {
    await down({ home, purge: true, reporter }).catch((error: unknown) => {
      reporter.warn(`${home}, of a run that was killed, is left: ${String(error)}`);
    });
  }
}
