import { ApiException, type CoreV1Api, type V1Secret } from '@kubernetes/client-node';
import { z } from 'zod';
import { failure } from '../../workflows/contract/failures.ts';
import type { GitSecrets } from './git-secrets.ts';
import { gitCredentialsFrom } from './kubernetes-git-secrets.ts';
import { annotatedHosts, checkUse, hostsAnnotation } from './secret-use.ts';
import type { RegistryLogin, Secrets } from './secrets.ts';

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
}): Secrets & GitSecrets {
  const { coreApi, namespace } = options;
  return {
    async registryLogin(name, host) {
      const secret = await read(coreApi, namespace, name);
      return loginFrom(secret, `Secret ${namespace}/${name}`, host);
    },

    async gitCredentials(name, host) {
      const secret = await read(coreApi, namespace, name);
      return gitCredentialsFrom(secret, `Secret ${namespace}/${name}`, host);
    },

    async requireRegistryUse(name, hosts = []) {
      const secret = await read(coreApi, namespace, name);
      const label = `Secret ${namespace}/${name}`;
      const annotated = registryHosts(secret, label);
      checkHosts(annotated, label, hosts);
      checkPodLogins(secret, label, annotated);
    },

    async requireBuildUse(name, key) {
      const secret = await read(coreApi, namespace, name);
      checkBuildUse(secret, `Secret ${namespace}/${name}`, key);
    },

    async buildValue(name, key) {
      const secret = await read(coreApi, namespace, name);
      checkBuildUse(secret, `Secret ${namespace}/${name}`, key);
      return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
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
  checkUse(secret, 'registry', label);
  const hosts = annotatedHosts(secret);
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
  checkHosts(registryHosts(secret, label), label, [host]);
  const wanted = canonicalHost(host);
  const config = readConfig(secret, label);
  const entry = Object.entries(config.auths).find(([key]) => canonicalHost(key) === wanted)?.[1];
  return entry === undefined ? null : toLogin(entry, label, wanted);
}

function checkHosts(hosts: readonly string[], label: string, wanted: readonly string[]): void {
  const allowed = new Set(hosts.map(canonicalHost));
  const missing = wanted.map(canonicalHost).find((host) => !allowed.has(host));
  if (missing === undefined) return;
  throw failure(
    'SecretNotFound',
    `${label} is not for ${missing}: its annotation \`${hostsAnnotation}\` has ${hosts.join(', ')}`,
  );
}

/**
 * A Pod gets the whole of a Secret: its logins have to be for the annotated hosts alone. Builders read
 * `auth` alone; user and password beside each other are kubectl's input, no login.
 */
function checkPodLogins(secret: V1Secret, label: string, hosts: readonly string[]): void {
  const allowed = new Set(hosts.map(canonicalHost));
  for (const [key, entry] of Object.entries(readConfig(secret, label).auths)) {
    const host = canonicalHost(key);
    if (!allowed.has(host)) {
      throw failure(
        'SecretNotFound',
        `${label} has a login for ${host}, and its annotation \`${hostsAnnotation}\` does not name that host but ${hosts.join(', ')}: a builder Pod would get it; add the host there, or take the login out of the Secret`,
      );
    }
    const incomplete = entry.username !== undefined || entry.password !== undefined;
    if (!incomplete || (entry.auth ?? '') !== '') continue;
    throw failure(
      'SecretNotFound',
      `${label} has user and password for ${host}, but no \`auth\` (base64 of <user>:<password>), which is what builders read: make it with \`kubectl create secret docker-registry\``,
    );
  }
}

function checkBuildUse(secret: V1Secret, label: string, key: string): void {
  checkUse(secret, 'build', label);
  if (Object.hasOwn(secret.data ?? {}, key)) return;
  const keys = Object.keys(secret.data ?? {}).toSorted();
  throw failure(
    'SecretNotFound',
    `${label} has no key ${key}; it has ${keys.length === 0 ? 'none' : keys.join(', ')}`,
  );
}

function readConfig(secret: V1Secret, label: string): z.infer<typeof DockerConfig> {
  const encoded = secret.data?.[configKey];
  if (encoded !== undefined) return parseConfig(encoded, label);
  throw failure(
    'SecretNotFound',
    `${label} has no ${configKey}: make it with \`kubectl create secret docker-registry\``,
  );
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
    .replace(/^.*@/, '')
    .toLowerCase();
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}
