import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStores } from '../../worker/stores.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-stores-'));
  await writeFile(join(directory, 'access'), 'access\n');
  await writeFile(join(directory, 'secret'), 'secret\n');
});
afterEach(() => rm(directory, { recursive: true }));

test.each([
  ['where Pods reach it', undefined, 'store.inside.test:9000'],
  ['at an address of their own', 'https://store.outside.test', 'store.outside.test'],
])('clients get URLs of the store %s; Pods never do', async (_where, clientEndpoint, host) => {
  const { store, clientStore } = openStores(
    {
      SLIPWAY_STORE_ENDPOINT: 'https://store.inside.test:9000',
      SLIPWAY_STORE_CLIENT_ENDPOINT: clientEndpoint,
      SLIPWAY_STORE_REGION: 'us-east-1',
      SLIPWAY_STORE_BUCKET: 'slipway',
      SLIPWAY_STORE_ACCESS_KEY_FILE: join(directory, 'access'),
      SLIPWAY_STORE_SECRET_KEY_FILE: join(directory, 'secret'),
    },
    null,
  );
  expect(new URL(await clientStore.presignGet('results/x.json', 60)).host).toBe(host);
  expect(new URL(await store.presignGet('contexts/x', 60)).host).toBe('store.inside.test:9000');
});
