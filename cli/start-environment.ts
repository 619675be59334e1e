import { up } from '../dev/up.ts';
import type { LocalEnvironment } from '../dev/environment.ts';
import { cacheDirectory, homeDirectory } from './environment.ts';
import { lineReporter } from './reporter.ts';
import { workerCommand } from './worker-command.ts';

/** Brings the local environment up, with a worker of this checkout; what runs already stays. */
export function startEnvironment(): Promise<LocalEnvironment> {
  return up({
    home: homeDirectory(process.env),
    cacheDirectory: cacheDirectory(process.env),
    environment: process.env,
    reporter: lineReporter(process.stderr),
    worker: workerCommand(),
  });
}
