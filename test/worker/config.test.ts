import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings, SettingsError, WorkerSettings } from '../../worker/config.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const names = Object.keys(WorkerSettings.shape);

/** What must be set, and nothing else. */
async function required(): Promise<Record<string, string>> {
  const key = join(await temporaryDirectory(), 'key');
  await writeFile(key, 'minio');
  return {
    SLIPWAY_STORE_ENDPOINT: 'https://store.test:9000',
    SLIPWAY_STORE_ACCESS_KEY_FILE: key,
    SLIPWAY_STORE_SECRET_KEY_FILE: key,
  };
}

/** The message that these settings are refused with; fails where they are not. */
function refusal(settings: NodeJS.ProcessEnv): string {
  try {
    parseSettings(settings);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('the settings were taken');
}

test('what is not set has the documented defaults', async () => {
  const settings = await required();
  expect(parseSettings({ ...settings, SLIPWAY_HOME: '/other', PATH: '/bin' })).toEqual({
    ...settings,
    SLIPWAY_INSTALLATION: 'default',
    SLIPWAY_TASK_QUEUE: 'slipway',
    SLIPWAY_NAMESPACES: ['slipway'],
    SLIPWAY_STORE_BUCKET: 'slipway',
    SLIPWAY_STORE_REGION: 'us-east-1',
    SLIPWAY_REGISTRY_MIRRORS: {},
    SLIPWAY_PLAIN_HTTP_REGISTRIES: [],
    SLIPWAY_BUILDER: 'auto',
    SLIPWAY_KANIKO_IMAGE: 'ghcr.io/osscontainertools/kaniko:v1.28.3',
    SLIPWAY_FILE_ROOTS: [],
    SLIPWAY_WORK_DIRECTORY: '/var/lib/slipway',
    SLIPWAY_IMAGE_PULL_GRACE: 120,
    SLIPWAY_NODE_LOST_AFTER: 60,
    SLIPWAY_MAX_POD_WAITS: 500,
    SLIPWAY_MAX_SOURCE_ACTIVITIES: 8,
    SLIPWAY_LOG_LEVEL: 'info',
  });
});

describe('a setting', () => {
  test.each<[string, string, unknown]>([
    ['SLIPWAY_INSTALLATION', 'a', 'a'],
    ['SLIPWAY_INSTALLATION', `a${'-'.repeat(61)}9`, `a${'-'.repeat(61)}9`],
    ['SLIPWAY_NAMESPACES', 'builds, more,', ['builds', 'more']],
    ['SLIPWAY_STORE_ENDPOINT', 'http://10.0.0.1:9000', 'http://10.0.0.1:9000'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io=10.0.0.1:5000', { 'docker.io': '10.0.0.1:5000' }],
    ['SLIPWAY_REGISTRY_MIRRORS', 'a.io=b:1, c.io=d', { 'a.io': 'b:1', 'c.io': 'd' }],
    ['SLIPWAY_PLAIN_HTTP_REGISTRIES', 'a:5000,b', ['a:5000', 'b']],
    ['SLIPWAY_BUILDER', 'buildah', 'buildah'],
    ['SLIPWAY_FILE_ROOTS', '/srv/a:/srv/b,c:', ['/srv/a', '/srv/b,c']],
    ['SLIPWAY_NODE_LOST_AFTER', '30', 30],
    ['SLIPWAY_LOG_LEVEL', 'debug', 'debug'],
  ])('%s=%s is %j', async (name, text, value) => {
    const settings = parseSettings({ ...(await required()), [name]: text });
    expect(settings[name as keyof WorkerSettings]).toEqual(value);
  });

  test.each<[string, string]>([
    ['SLIPWAY_INSTALLATION', ''],
    ['SLIPWAY_INSTALLATION', 'Team'],
    ['SLIPWAY_INSTALLATION', '-a'],
    ['SLIPWAY_INSTALLATION', 'a-'],
    ['SLIPWAY_INSTALLATION', 'a_b'],
    ['SLIPWAY_INSTALLATION', 'a'.repeat(64)],
    ['SLIPWAY_TASK_QUEUE', ''],
    ['SLIPWAY_NAMESPACES', ''],
    ['SLIPWAY_NAMESPACES', ' , '],
    ['SLIPWAY_STORE_ENDPOINT', ''],
    ['SLIPWAY_STORE_ENDPOINT', 'store.test'],
    ['SLIPWAY_STORE_ENDPOINT', 'store.test:9000'],
    ['SLIPWAY_STORE_ENDPOINT', 's3://bucket'],
    ['SLIPWAY_CA_BUNDLE', '/nonexistent/ca.pem'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io='],
    ['SLIPWAY_REGISTRY_MIRRORS', '=mirror'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'a=b,a=b=c'],
    ['SLIPWAY_BUILDER', 'docker'],
    ['SLIPWAY_IMAGE_PULL_GRACE', '2m'],
    ['SLIPWAY_NODE_LOST_AFTER', '0'],
    ['SLIPWAY_NODE_LOST_AFTER', ''],
    ['SLIPWAY_MAX_POD_WAITS', '-1'],
    ['SLIPWAY_MAX_SOURCE_ACTIVITIES', '1.5'],
    ['SLIPWAY_LOG_LEVEL', 'verbose'],
  ])('%s=%j is refused by name', async (name, text) => {
    const [head, ...faults] = refusal({ ...(await required()), [name]: text }).split('\n');
    expect(head).toBe("the worker's settings are not usable:");
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^  ${name}: .{5}`));
    expect(faults[0]).not.toContain('is not set');
  });

  test.each(names)('%s says in the documentation what it is', (name) => {
    const { description } = WorkerSettings.shape[name as keyof typeof WorkerSettings.shape];
    expect(description).toMatch(/^\S.{4}/);
  });
});

test('all faults are told at once, what is missing as missing', () => {
  const message = refusal({ SLIPWAY_BUILDER: 'docker', SLIPWAY_LOG_LEVEL: 'loud' });
  const faults = message.split('\n').slice(1);
  expect(faults.map((line) => line.trim().replace(/:.*/, '')).toSorted()).toEqual([
    'SLIPWAY_BUILDER',
    'SLIPWAY_LOG_LEVEL',
    'SLIPWAY_STORE_ACCESS_KEY_FILE',
    'SLIPWAY_STORE_ENDPOINT',
    'SLIPWAY_STORE_SECRET_KEY_FILE',
  ]);
  expect(faults.filter((line) => line.endsWith(': is not set'))).toHaveLength(3);
});

test('a key in the place of its file is not printed', async () => {
  const settings = { ...(await required()), SLIPWAY_STORE_SECRET_KEY_FILE: 'hunter2/+secret' };
  const message = refusal(settings);
  expect(message).toContain('SLIPWAY_STORE_SECRET_KEY_FILE: ');
  expect(message).not.toContain('hunter2');
});
