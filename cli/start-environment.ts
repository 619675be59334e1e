import type { LocalEnvironment } from '../dev/environment.ts';
import type { ClusterChoice } from '../dev/kube-context/up.ts';
import { defaultTaskQueue } from '../workflows/contract/ids.ts';
import { cacheDirectory, homeDirectory } from './environment.ts';
import { lineReporter } from './reporter.ts';
import { workerCommand } from './worker-command.ts';

/**
 * Brings the local environment up, with a worker of this checkout; what runs already stays.
 *
 * @param cluster the user's own, instead of a Kubernetes on this machine
 */
export async function startEnvironment(cluster?: ClusterChoice): Promise<LocalEnvironment> {
  const options = {
    home: homeDirectory(process.env),
    cacheDirectory: cacheDirectory(process.env),
    environment: process.env,
    reporter: lineReporter(process.stderr),
    worker: { ...workerCommand(), taskQueue: defaultTaskQueue },
  };
  if (cluster === undefined) {
    const { up } = await import('../dev/up.ts');
    return up(options);
  }
  const { upWithCluster } = await import('../dev/kube-context/up.ts');
  return upWithCluster({ ...options, cluster });
}
