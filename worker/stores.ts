import { readFileSync } from 'node:fs';
import { createMinioStore } from '../activities/support/minio-store.ts';
import type { ObjectStore } from '../activities/support/object-store.ts';
import type { WorkerSettings } from './config.ts';

export interface Stores {
  readonly store: ObjectStore;
  /** Signs the URLs that clients get: they may reach the store at another address than Pods. */
  readonly clientStore: Pick<ObjectStore, 'presignGet'>;
}

/** @param caBundle PEM text; null for none but the system's */
export function openStores(
  settings: Pick<
    WorkerSettings,
    | 'SLIPWAY_STORE_ENDPOINT'
    | 'SLIPWAY_STORE_CLIENT_ENDPOINT'
    | 'SLIPWAY_STORE_REGION'
    | 'SLIPWAY_STORE_BUCKET'
    | 'SLIPWAY_STORE_ACCESS_KEY_FILE'
    | 'SLIPWAY_STORE_SECRET_KEY_FILE'
  >,
  caBundle: string | null,
): Stores {
  const endpoint = settings.SLIPWAY_STORE_ENDPOINT;
  const clientEndpoint = settings.SLIPWAY_STORE_CLIENT_ENDPOINT ?? endpoint;
  const common = {
    region: settings.SLIPWAY_STORE_REGION,
    bucket: settings.SLIPWAY_STORE_BUCKET,
    accessKey: readFileSync(settings.SLIPWAY_STORE_ACCESS_KEY_FILE, 'utf8').trim(),
    secretKey: readFileSync(settings.SLIPWAY_STORE_SECRET_KEY_FILE, 'utf8').trim(),
    caBundle,
  };
  const store = createMinioStore({ ...common, endpoint });
  if (clientEndpoint === endpoint) return { store, clientStore: store };
  return { store, clientStore: createMinioStore({ ...common, endpoint: clientEndpoint }) };
}
