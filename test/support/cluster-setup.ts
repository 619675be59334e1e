import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { down } from '../../dev/down.ts';
import type { LocalEnvironment } from '../../dev/environment.ts';
import { up } from '../../dev/up.ts';
import { lineReporter } from '../../cli/reporter.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import { startRunGuard } from './product/run-guard.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly environment: LocalEnvironment;
    /** File with the workflow code, for all workers of the run. */
    readonly workflowBundle: string;
  }
}

const prefix = 'slipway-test-';

/**
 * An environment of the run's own, gone without a trace when the tests are done. All that happens
 * in it is watched for second Pods, leftovers and readable secrets: they fail the run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reporter = lineReporter(process.stderr);
  await removeAbandoned();
  const home = join(tmpdir(), `${prefix}${process.pid}`);
  await mkdir(home, { mode: 0o700 });
  const [environment, workflowBundle] = await Promise.all([
    up({
      home,
      cacheDirectory: process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway'),
      environment: process.env,
      reporter,
      fileRoots: [tmpdir()],
    }),
    writeWorkflowBundle(join(home, 'workflow-bundle.js')),
  ]);
  project.provide('environment', environment);
  project.provide('workflowBundle', workflowBundle);
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

async function writeWorkflowBundle(file: string): Promise<string> {
  const { code } = await bundleWorkflows(new DefaultLogger('ERROR'));
  await writeFile(file, code);
  return file;
}

/** Errors of a teardown are printed by vitest, but do not fail the run. */
function fail(breaches: readonly string[]): never {
  process.exitCode = 1;
  throw new Error(
    `the run of the cluster tests broke an invariant (DESIGN.md: 1, 4, 5):\n${breaches.join('\n')}`,
  );
}

/** Environments of runs that were killed: their homes name the process, which is gone. */
async function removeAbandoned(): Promise<void> {
  const running = new Set(await readdir('/proc'));
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix) || !/^\d+$/.test(name.slice(prefix.length))) continue;
    if (running.has(name.slice(prefix.length))) continue;
    await down({ home: join(tmpdir(), name), purge: true, reporter: lineReporter(process.stderr) });
  }
}
