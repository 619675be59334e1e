import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import type { LocalEnvironment } from '../../../dev/environment.ts';
import type { PlantedValue } from './secret-search.ts';

/** A registry Secret that holds a value of the run's own beside the environment's login. */
export const plantedSecret = 'planted';

/** Nobody asks this one: its login is in the Secret to be found elsewhere. */
const plantedHost = 'planted.example.com';

const DockerConfig = z.object({
  auths: z.record(
    z.string(),
    z.object({ username: z.string(), password: z.string(), auth: z.string() }),
  ),
});

/**
 * Makes the Secret `planted` and names every credential that a build of this run can meet. Tests
 * push and pull with it.
 */
export async function plantValues(
  { registry, kubernetes, settings }: LocalEnvironment,
  kubeConfig: KubeConfig,
): Promise<readonly PlantedValue[]> {
  const { auths } = DockerConfig.parse(JSON.parse(await readFile(registry.authFile, 'utf8')));
  const unique = randomBytes(24).toString('base64url');
  const other = { auth: Buffer.from(`planted:${unique}`).toString('base64') };
  await kubeConfig.makeApiClient(CoreV1Api).createNamespacedSecret({
    namespace: kubernetes.namespace,
    body: {
      metadata: {
        name: plantedSecret,
        labels: { 'slipway/use': 'registry' },
        annotations: { 'slipway/hosts': `${registry.host}, ${plantedHost}` },
      },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: {
        '.dockerconfigjson': JSON.stringify({ auths: { ...auths, [plantedHost]: other } }),
      },
    },
  });
  const read = async (setting: string): Promise<string> =>
    (await readFile(settings[setting] ?? '', 'utf8')).trim();
  return [
    { name: 'the planted value', value: unique },
    { name: 'the store’s access key', value: await read('SLIPWAY_STORE_ACCESS_KEY_FILE') },
    { name: 'the store’s secret key', value: await read('SLIPWAY_STORE_SECRET_KEY_FILE') },
    ...Object.values(auths).map(({ password }) => ({
      name: 'the registry password',
      value: password,
    })),
  ];
}
