import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { connect } from '../../../client/connect.ts';
import { createMinioStore } from '../../../activities/support/minio-store.ts';
import type { ObjectStore } from '../../../activities/support/object-store.ts';
import type { LocalEnvironment } from '../../../dev/environment.ts';
import { plantValues } from './planted-values.ts';
import { startPodRecorder } from './pod-recorder.ts';
import { searchFiles, searchHistories, searchObjects } from './run-search.ts';
import { secretSearch } from './secret-search.ts';
import { workerLogDirectory } from './worker-process.ts';

export interface RunGuard {
  /** Looks through all that the run left; returns what must not be, empty when all is well. */
  finish(): Promise<readonly string[]>;
}

/** Watches a whole run of the `cluster` tests for breaches of invariants 1, 4 and 5. */
export async function startRunGuard(environment: LocalEnvironment): Promise<RunGuard> {
  const kubeConfig = kubeConfigOf(environment);
  const search = secretSearch(await plantValues(environment, kubeConfig));
  const recorder = await startPodRecorder({
    kubeConfig,
    namespace: environment.kubernetes.namespace,
    search,
  });
  return {
    async finish() {
      const ofPods = await recorder.stop();
      const client = await connect({ environment: environment.settings });
      try {
        const [histories, objects, logs] = await Promise.all([
          searchHistories(client.temporal, search.everything),
          searchObjects(storeOf(environment), search.everything),
          searchFiles(workerLogDirectory(environment), search.everything),
        ]);
        return [...ofPods, ...histories, ...objects, ...logs];
      } finally {
        await client.close();
      }
    },
  };
}

export function kubeConfigOf({ kubernetes }: LocalEnvironment): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubernetes.kubeconfig);
  return config;
}

/** The environment's bucket, with the worker's own adapter. */
export function storeOf({ settings, caBundle }: LocalEnvironment): ObjectStore {
  const value = (name: string): string => settings[name] ?? '';
  return createMinioStore({
    endpoint: value('SLIPWAY_STORE_ENDPOINT'),
    region: value('SLIPWAY_STORE_REGION'),
    bucket: value('SLIPWAY_STORE_BUCKET'),
    accessKey: readFileSync(value('SLIPWAY_STORE_ACCESS_KEY_FILE'), 'utf8').trim(),
    secretKey: readFileSync(value('SLIPWAY_STORE_SECRET_KEY_FILE'), 'utf8').trim(),
    caBundle: readFileSync(caBundle, 'utf8'),
  });
}
