import { mkdir, readdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { down } from '../../dev/down.ts';
import type { LocalEnvironment } from '../../dev/environment.ts';
import { up } from '../../dev/up.ts';
import { lineReporter } from '../../cli/reporter.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly environment: LocalEnvironment;
  }
}

const prefix = 'slipway-test-';

/** An environment of the run's own, gone without a trace when the tests are done. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reporter = lineReporter(process.stderr);
  await removeAbandoned();
  const home = join(tmpdir(), `${prefix}${process.pid}`);
  await mkdir(home, { mode: 0o700 });
  const environment = await up({
    home,
    cacheDirectory: process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway'),
    environment: process.env,
    reporter,
    fileRoots: [tmpdir()],
  });
  project.provide('environment', environment);
  return () => down({ home, purge: true, reporter });
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
