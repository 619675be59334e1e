import { setTimeout as delay } from 'node:timers/promises';

import { type ServiceSetting, type Setting, addressOf } from '../components/setting.ts';
import { dockerConfig } from '../credentials/logins.ts';
import { type NpmSettings, npmSecret } from './npm-settings.ts';
import { type Answer, send } from './request.ts';

export const kubernetesNamespace = 'slipway';
export const registrySecret = 'registry';

/** A v1 Secret, with what it always has here. */
interface SecretObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly type: string;
  readonly stringData: Readonly<Record<string, string>>;
}

/** The Secret with which Pods push to and pull from the instance's registry, and no other. */
export function registrySecretObject(
  setting: Pick<ServiceSetting, 'instance' | 'logins'>,
  namespace: string,
): SecretObject {
  const host = addressOf(setting.instance, 'registry');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: registrySecret,
      namespace,
      labels: { 'slipway/use': 'registry' },
      annotations: { 'slipway/hosts': host },
    },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': dockerConfig(setting.logins.registry, [host]) },
  };
}

/** For RUN instructions that install npm packages: they ask for it by name (`secrets`). */
function npmSecretObject({ npmrc, ca }: NpmSettings, namespace: string): SecretObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: npmSecret, namespace, labels: { 'slipway/use': 'build' } },
    type: 'Opaque',
    stringData: { npmrc, ca },
  };
}

/** The namespace for builder Pods, and the Secrets that they may use. */
export function bootstrapObjects(
  setting: Pick<ServiceSetting, 'instance' | 'logins'>,
  npm: NpmSettings | null,
): readonly { path: string; object: object }[] {
  const namespace = `/api/v1/namespaces/${kubernetesNamespace}`;
  return [
    {
      path: namespace,
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: kubernetesNamespace } },
    },
    {
      path: `${namespace}/secrets/${registrySecret}`,
      object: registrySecretObject(setting, kubernetesNamespace),
    },
    ...(npm === null
      ? []
      : [
          {
            path: `${namespace}/secrets/${npmSecret}`,
            object: npmSecretObject(npm, kubernetesNamespace),
          },
        ]),
  ];
}

/**
 * Applies the instance's objects and waits until the namespace has its default service account,
 * without which no Pod is admitted.
 */
export async function bootstrapCluster(setting: Setting, npm: NpmSettings | null): Promise<void> {
  const { admin, authority } = setting.certificates;
  const call = (method: string, path: string, body?: object): Promise<Answer> =>
    send(`https://${addressOf(setting.instance, 'apiServer')}${path}`, {
      method,
      ca: authority.certificate,
      certificate: admin.certificate,
      key: admin.key,
      timeout: 10_000,
      // JSON is YAML; server-side apply makes or completes the object in one call.
      headers: body === undefined ? {} : { 'content-type': 'application/apply-patch+yaml' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  for (const { path, object } of bootstrapObjects(setting, npm)) {
    const answer = await call('PATCH', `${path}?fieldManager=slipway-dev&force=true`, object);
    // The answer's body is left out: the API server repeats the Secret's content in some errors.
    if (answer.status >= 300)
      throw new Error(`The API server answered ${answer.status} to PATCH ${path}.`);
  }
  const account = `/api/v1/namespaces/${kubernetesNamespace}/serviceaccounts/default`;
  for (const deadline = Date.now() + 30_000; ; await delay(50)) {
    if ((await call('GET', account)).status === 200) return;
    if (Date.now() > deadline)
      throw new Error('The controller-manager made no default service account within 30 s.');
  }
}
