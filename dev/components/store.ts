import { Agent } from 'node:https';
import { join } from 'node:path';

import { expectOk } from '../cluster/request.ts';
import { writeFileAtomically } from '../files.ts';
import type { Component } from '../process/component.ts';
import { type ServiceSetting, addressOf } from './setting.ts';

export const bucket = 'slipway';
export const region = 'us-east-1';

/**
 * Days after which the bucket forgets what no build needs any more, by key prefix. `uploads/` holds
 * what a killed worker had not finished.
 */
export const expiryDays = {
  'contexts/': 7,
  'dockerfiles/': 7,
  'logs/': 30,
  'uploads/': 1,
} as const;

export async function store({
  instance,
  paths,
  tools,
  certificates,
  logins,
}: ServiceSetting): Promise<Component> {
  const directory = join(paths.credentials, 'store-tls');
  const { authority, server } = certificates;
  await writeFileAtomically(join(directory, 'public.crt'), server.certificate);
  await writeFileAtomically(join(directory, 'private.key'), server.key, 0o600);
  const address = addressOf(instance, 'store');
  return {
    name: 'minio',
    command: tools.minio,
    args: ['server', '--address', address, '--certs-dir', directory, join(paths.data, 'minio')],
    environment: {
      MINIO_ROOT_USER: logins.store.accessKey,
      MINIO_ROOT_PASSWORD: logins.store.secretKey,
      MINIO_BROWSER: 'off',
      // Neither asks the network for newer versions nor reports home.
      MINIO_UPDATE: 'off',
      MINIO_CALLHOME_ENABLE: 'off',
    },
    configuration: [server.certificate],
    isOnNode: false,
    grace: 3000,
    async check() {
      await expectOk(`https://${address}/minio/health/cluster`, { ca: authority.certificate });
    },
  };
}

/** Makes the bucket, private as buckets are, and sets its lifecycle. */
export async function ensureBucket({
  instance,
  certificates,
  logins,
}: ServiceSetting): Promise<void> {
  // Loaded here, because `up` on a running environment doesn't need it.
  const { Client } = await import('minio');
  const client = new Client({
    endPoint: instance.subnet.gateway,
    port: instance.ports.store,
    useSSL: true,
    region,
    accessKey: logins.store.accessKey,
    secretKey: logins.store.secretKey,
    transportAgent: new Agent({ ca: certificates.authority.certificate }),
  });
  if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket, region);
  await client.setBucketLifecycle(bucket, {
    Rule: Object.entries(expiryDays).map(([prefix, days]) => ({
      ID: `expire-${prefix.slice(0, -1)}`,
      Status: 'Enabled',
      Filter: { Prefix: prefix },
      Expiration: { Days: days },
    })),
  });
}
