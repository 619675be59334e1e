import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { registrySecret, registrySecretObject } from '../cluster/bootstrap.ts';
import type { Answer } from '../cluster/request.ts';
import type { ServiceSetting } from '../components/setting.ts';
import type { ClusterApi } from './cluster-api.ts';
import { ClusterUnusable } from './cluster-unusable.ts';

/** Where an environment keeps its objects in the user's cluster, and whose they are. */
export interface Place {
  readonly namespace: string;
  /** The instance's name: it marks what the environment made. */
  readonly owner: string;
}

/** Annotation of the namespace and the Secret, label of the probe: the instance that made them. */
export const ownerKey = 'slipway/environment';

const Found = z.object({
  metadata: z.object({
    name: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
});
const FoundList = z.object({ items: z.array(Found) });

/**
 * Makes the namespace unless it is there, and waits for the service account without which no Pod is
 * admitted. One that is being deleted, by a `down` just before perhaps, is waited for.
 *
 * @throws ClusterUnusable
 */
export async function ensureNamespace(api: ClusterApi, place: Place): Promise<void> {
  const { namespace, owner } = place;
  const path = namespacePath(namespace);
  // Who may not read namespaces (403) may still use this one.
  const read = (): Promise<Answer> =>
    api.expect(`show the namespace ${namespace}`, ['GET', path], [403, 404]);
  let found = await read();
  for (const deadline = Date.now() + 60_000; isBeingDeleted(found); await delay(250)) {
    if (Date.now() > deadline) {
      throw new ClusterUnusable(
        `The namespace ${namespace} of the cluster of the context ${api.context} is being deleted, and isn't gone after 60 s. Use another one: --kube-namespace NAME.`,
      );
    }
    found = await read();
  }
  if (found.status === 404) {
    const metadata = { name: namespace, annotations: { [ownerKey]: owner } };
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata };
    await api.expect(`create the namespace ${namespace}`, ['POST', '/api/v1/namespaces', body]);
  }
  for (const deadline = Date.now() + 30_000; ; await delay(100)) {
    const { status } = await api.call('GET', `${path}/serviceaccounts/default`);
    if (status === 200 || status === 403) return;
    if (Date.now() > deadline) {
      throw new ClusterUnusable(
        `The namespace ${namespace} of the cluster of the context ${api.context} got no default service account within 30 s.`,
      );
    }
  }
}

/**
 * Makes the Secret with which Pods push to the environment's registry, or renews the own one.
 *
 * @throws ClusterUnusable, also when there is one of somebody else's
 */
export async function ensureRegistrySecret(
  api: ClusterApi,
  place: Place,
  setting: Pick<ServiceSetting, 'instance' | 'logins'>,
): Promise<void> {
  const { namespace, owner } = place;
  const path = secretPath(namespace);
  const purpose = `let the Secret ${namespace}/${registrySecret} be`;
  const found = await api.expect(`${purpose} read`, ['GET', path], [404]);
  if (found.status === 200 && ownerOf(found.body) !== owner) {
    throw new ClusterUnusable(
      `The cluster of the context ${api.context} has a Secret ${namespace}/${registrySecret} that this environment didn't make; it is left alone. ` +
        'Use another namespace: --kube-namespace NAME.',
    );
  }
  const secret = registrySecretObject(setting, namespace);
  const annotations = { ...secret.metadata.annotations, [ownerKey]: owner };
  const body = { ...secret, metadata: { ...secret.metadata, annotations } };
  const query = 'fieldManager=slipway-dev&force=true';
  await api.expect(`${purpose} written`, ['PATCH', `${path}?${query}`, body]);
}

/**
 * Removes what the environment has in the cluster: its Pods, its Secret, and the namespace when it
 * made that and nothing else is in it. What isn't there is passed over.
 *
 * @throws ClusterUnusable
 */
export async function removeObjects(api: ClusterApi, place: Place): Promise<void> {
  const { namespace, owner } = place;
  const path = namespacePath(namespace);
  for (const label of [`slipway/installation=${owner}`, `${ownerKey}=${owner}`]) {
    const query = new URLSearchParams({ labelSelector: label, gracePeriodSeconds: '0' });
    const purpose = `delete the Pods of this environment in ${namespace}`;
    await api.expect(purpose, ['DELETE', `${path}/pods?${query.toString()}`], [404]);
  }
  const secret = await api.call('GET', secretPath(namespace));
  if (secret.status === 200 && ownerOf(secret.body) === owner) {
    const purpose = `delete the Secret ${namespace}/${registrySecret}`;
    await api.expect(purpose, ['DELETE', secretPath(namespace)], [404]);
  }
  const found = await api.call('GET', path);
  if (found.status !== 200 || ownerOf(found.body) !== owner) return;
  if (isBeingDeleted(found) || !(await isEmpty(api, path))) return;
  await api.expect(`delete the namespace ${namespace}`, ['DELETE', path], [404, 409]);
}

/** What is looked for before a namespace is deleted, and what every namespace has. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  pods: [],
  secrets: [],
  configmaps: ['kube-root-ca.crt'],
  serviceaccounts: ['default'],
  services: [],
  persistentvolumeclaims: [],
  resourcequotas: [],
  limitranges: [],
};

async function isEmpty(api: ClusterApi, path: string): Promise<boolean> {
  for (const [kind, usual] of Object.entries(kinds)) {
    const answer = await api.call('GET', `${path}/${kind}`);
    // What can't be seen may be there.
    if (answer.status !== 200) return false;
    const { items } = FoundList.parse(JSON.parse(answer.body));
    const others = items.filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined && !usual.includes(metadata.name),
    );
    if (others.length > 0) return false;
  }
  return true;
}

function namespacePath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
}

function secretPath(namespace: string): string {
  return `${namespacePath(namespace)}/secrets/${registrySecret}`;
}

function ownerOf(body: string): string | undefined {
  return Found.parse(JSON.parse(body)).metadata.annotations?.[ownerKey];
}

function isBeingDeleted({ status, body }: Answer): boolean {
  return status === 200 && Found.parse(JSON.parse(body)).metadata.deletionTimestamp !== undefined;
}
