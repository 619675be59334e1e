import { ApiException, type CoreV1Api, type V1Secret } from '@kubernetes/client-node';
import { z } from 'zod';
import { failure } from '../../workflows/contract/failures.ts';
import type { RegistryLogin, Secrets } from './secrets.ts';

const useLabel = 'slipway/use';
const hostsAnnotation = 'slipway/hosts';
const configKey = '.dockerconfigjson';

const DockerConfig = z.object({
  auths: z.record(
    z.string(),
    z.object({
      auth: z.string().optional(),
      username: z.string().optional(),
      password: z.string().optional(),
    }),
  ),
});

/** Secrets of one namespace, read through the Kubernetes API at each use. */
export function createKubernetesSecrets(options: {
  readonly coreApi: Pick<CoreV1Api, 'readNamespacedSecret'>;
  readonly namespace: string;
}): Secrets {
  const { coreApi, namespace } = options;
  return {
    async registryLogin(name, host) {
      const secret = await read(coreApi, namespace, name);
      return loginFrom(secret, `Secret ${namespace}/${name}`, host);
    },

    async requireRegistryUse(name) {
      const secret = await read(coreApi, namespace, name);
      registryHosts(secret, `Secret ${namespace}/${name}`);
    },
  };
}

async function read(
  coreApi: Pick<CoreV1Api, 'readNamespacedSecret'>,
  namespace: string,
  name: string,
): Promise<V1Secret> {
  try {
    return await coreApi.readNamespacedSecret({ name, namespace });
  } catch (error) {
    // The exception's text quotes the response; it is not passed on, so that no value can be.
    if (!(error instanceof ApiException)) {
      throw failure('ClusterUnavailable', `reading Secret ${namespace}/${name} got no answer`, {
        cause: error,
      });
    }
    const status: number = error.code;
    if (status === 404) {
      throw failure('SecretNotFound', `there is no Secret ${namespace}/${name}`);
    }
    if (status === 401 || status === 403) {
      throw failure(
        'SecretNotFound',
        `the worker may not read Secret ${namespace}/${name} (${status}); grant its service account \`get\` on it`,
      );
    }
    throw failure('ClusterUnavailable', `reading Secret ${namespace}/${name}: status ${status}`);
  }
}

/** The registry hosts that a person has said the Secret is for: one or more. */
function registryHosts(secret: V1Secret, label: string): readonly string[] {
  if (secret.metadata?.labels?.[useLabel] !== 'registry') {
    throw failure('SecretNotFound', `${label} is not labelled \`${useLabel}: registry\``);
  }
  const hosts = (secret.metadata.annotations?.[hostsAnnotation] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (hosts.length === 0) {
    throw failure(
      'SecretNotFound',
      `${label} is for no registry: its annotation \`${hostsAnnotation}\` has no host; name there the hosts that it is for, separated by commas`,
    );
  }
  return hosts;
}

/** Checks what the Secret is for before anything in it is looked at. */
function loginFrom(secret: V1Secret, label: string, host: string): RegistryLogin | null {
  const hosts = registryHosts(secret, label);
  const wanted = canonicalHost(host);
  if (!hosts.some((entry) => canonicalHost(entry) === wanted)) {
    throw failure(
      'SecretNotFound',
      `${label} is not for ${wanted}: its annotation \`${hostsAnnotation}\` has ${hosts.join(', ')}`,
    );
  }
  const encoded = secret.data?.[configKey];
  if (encoded === undefined) {
    throw failure(
      'SecretNotFound',
      `${label} has no ${configKey}: make it with \`kubectl create secret docker-registry\``,
    );
  }
  const config = parseConfig(encoded, label);
  const entry = Object.entries(config.auths).find(([key]) => canonicalHost(key) === wanted)?.[1];
  return entry === undefined ? null : toLogin(entry, label, wanted);
}

function parseConfig(encoded: string, label: string): z.infer<typeof DockerConfig> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch {
    // No cause: the parser's message quotes the text.
    throw failure('SecretNotFound', `${label}: ${configKey} is not JSON`);
  }
  const parsed = DockerConfig.safeParse(value);
  if (!parsed.success) {
    throw failure('SecretNotFound', `${label}: ${configKey} is not a docker configuration`);
  }
  return parsed.data;
}

function toLogin(
  entry: z.infer<typeof DockerConfig>['auths'][string],
  label: string,
  host: string,
): RegistryLogin {
  if (entry.username !== undefined && entry.password !== undefined) {
    return { username: entry.username, password: entry.password };
  }
  const decoded = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon <= 0) {
    throw failure('SecretNotFound', `${label} has neither user and password nor auth for ${host}`);
  }
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Docker writes its hub as `https://index.docker.io/v1/`; others as a host, or a URL. */
function canonicalHost(entry: string): string {
  const host = entry
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}
