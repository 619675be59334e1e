import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection, ServiceError, type ConnectionOptions } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { configuredAddress, connect, type ConnectOptions } from '../../client/connect.ts';
import { InvalidConfiguration, ServiceUnreachable } from '../../client/errors.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { grpcError } from './stand-in.ts';

const connection = { close: () => Promise.resolve() } as unknown as Connection;
const spy = () => vi.spyOn(Connection, 'connect').mockResolvedValue(connection);
let connecting: ReturnType<typeof spy>;
beforeEach(() => {
  connecting = spy();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What Temporal's client is told, and what comes of it. */
async function connected(options?: ConnectOptions) {
  const client = await connect(options);
  const [told = {}] = connecting.mock.lastCall ?? [];
  const { address, namespace, taskQueue } = client;
  // What a client says of itself is what it talks to.
  expect(told).toMatchObject({ address });
  expect(client.temporal.options).toMatchObject({ namespace });
  return { told: told as ConnectionOptions, namespace, taskQueue };
}

async function configurationFile(): Promise<string> {
  const path = join(await temporaryDirectory(), 'temporal.toml');
  const lines = [
    '[profile.default]',
    'address = "default.example.com:7233"',
    '[profile.team]',
    'address = "team.example.com:7233"',
    'namespace = "team"',
    'api_key = "of-the-file"',
  ];
  await writeFile(path, lines.join('\n'));
  return path;
}

const nowhere = { TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };

describe('a connection', () => {
  test('is to this machine where nothing is said', async () => {
    const { told, namespace, taskQueue } = await connected({ environment: nowhere });
    expect(told).toMatchObject({ address: 'localhost:7233', connectTimeout: '5s' });
    expect(told.apiKey).toBeUndefined();
    expect({ namespace, taskQueue }).toEqual({ namespace: 'default', taskQueue: 'slipway' });
  });

  test.each<[string, NodeJS.ProcessEnv, ConnectOptions]>([
    ['the environment', { TEMPORAL_PROFILE: 'team' }, {}],
    ['the caller', {}, { profile: 'team' }],
  ])('is that of the profile which %s names', async (_what, own, options) => {
    const environment = { ...own, TEMPORAL_CONFIG_FILE: await configurationFile() };
    const { told, namespace } = await connected({ ...options, environment });
    expect(told).toMatchObject({ address: 'team.example.com:7233', apiKey: 'of-the-file' });
    expect(namespace).toBe('team');
  });

  test('is the environment’s before the file’s', async () => {
    const environment = {
      TEMPORAL_CONFIG_FILE: await configurationFile(),
      TEMPORAL_ADDRESS: 'other.example.com:7233',
      TEMPORAL_NAMESPACE: 'other',
      TEMPORAL_API_KEY: undefined,
      SLIPWAY_TASK_QUEUE: 'builds',
    };
    const { told, namespace, taskQueue } = await connected({ environment });
    expect(told.address).toBe('other.example.com:7233');
    expect({ namespace, taskQueue }).toEqual({ namespace: 'other', taskQueue: 'builds' });
  });

  test('is the process’s own environment’s where no other is given', async () => {
    for (const [name, value] of Object.entries(nowhere)) vi.stubEnv(name, value);
    vi.stubEnv('TEMPORAL_ADDRESS', 'own.example.com:7233');
    vi.stubEnv('TEMPORAL_NAMESPACE', 'own');
    const { told, namespace, taskQueue } = await connected({ taskQueue: 'builds' });
    expect(told.address).toBe('own.example.com:7233');
    expect({ namespace, taskQueue }).toEqual({ namespace: 'own', taskQueue: 'builds' });
  });

  test('is the caller’s before all', async () => {
    const crt = new Uint8Array([1]);
    const key = new Uint8Array([2]);
    const { told, namespace, taskQueue } = await connected({
      environment: { ...nowhere, TEMPORAL_ADDRESS: 'other:7233', SLIPWAY_TASK_QUEUE: 'builds' },
      address: 'mine.example.com:7233',
      namespace: 'mine',
      taskQueue: 'my-builds',
      apiKey: 'of-the-caller',
      tls: { clientCertPair: { crt, key } },
    });
    expect(told).toMatchObject({
      address: 'mine.example.com:7233',
      apiKey: 'of-the-caller',
      tls: { clientCertPair: { crt, key } },
    });
    expect({ namespace, taskQueue }).toEqual({ namespace: 'mine', taskQueue: 'my-builds' });
  });
});

describe('the address that is configured', () => {
  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['the environment’s', { TEMPORAL_ADDRESS: 'own.example.com:7233' }, 'own.example.com:7233'],
    ['the default profile’s', {}, 'default.example.com:7233'],
    ['that of the profile', { TEMPORAL_PROFILE: 'team' }, 'team.example.com:7233'],
  ])('is %s', async (_what, own, address) => {
    const TEMPORAL_CONFIG_FILE = await configurationFile();
    expect(configuredAddress({ ...own, TEMPORAL_CONFIG_FILE })).toBe(address);
  });

  test('is that of the file in its usual place', async () => {
    const home = await temporaryDirectory();
    const folder = join(home, '.config', 'temporalio');
    await mkdir(folder, { recursive: true });
    await copyFile(await configurationFile(), join(folder, 'temporal.toml'));
    const environment = { HOME: home, XDG_CONFIG_HOME: join(home, '.config') };
    expect(configuredAddress(environment)).toBe('default.example.com:7233');
  });

  test.each<NodeJS.ProcessEnv>([{}, { TEMPORAL_ADDRESS: '' }, { TEMPORAL_NAMESPACE: 'other' }])(
    'is none with %j',
    (own) => {
      expect(configuredAddress({ ...nowhere, ...own })).toBeNull();
    },
  );
});

test.each<[string, ConnectOptions]>([
  ['a file that is none', { environment: { TEMPORAL_CONFIG_FILE: import.meta.filename } }],
  ['a profile that is not there', { environment: {}, profile: 'nobody-has-this-profile' }],
])('%s is told as a wrong configuration', async (_what, options) => {
  await expect(connect(options)).rejects.toThrow(InvalidConfiguration);
});

test.each<[string, Error, string]>([
  [
    'is away',
    new Error('no connection'),
    'Temporal at a:1 does not answer; TEMPORAL_ADDRESS says where it is, and `slipway dev up` starts one on this machine',
  ],
  [
    'does not know the key',
    grpcError(16, 'token expired'),
    'Temporal at a:1 refuses the login: token expired',
  ],
  [
    'does not know the key, as its client wraps it',
    new ServiceError('Failed to connect', { cause: grpcError(16, 'token expired') }),
    'Temporal at a:1 refuses the login: token expired',
  ],
  [
    'denies access',
    grpcError(7, 'denied'),
    'Temporal at a:1 does not permit this in namespace "default": denied',
  ],
])('that Temporal %s is told', async (_what, cause, message) => {
  connecting.mockRejectedValue(cause);
  const error: unknown = await connect({ environment: {}, address: 'a:1' }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ServiceUnreachable);
  expect(error).toMatchObject({ message, cause });
});
