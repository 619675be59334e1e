import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { parseSettings, SettingsError, WorkerSettings } from '../../worker/config.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const digest = `sha256:${'a'.repeat(64)}`;
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
    SLIPWAY_ROLES: ['workflow', 'source', 'pods'],
    SLIPWAY_NAMESPACES: 'slipway',
    SLIPWAY_STORE_BUCKET: 'slipway',
    SLIPWAY_STORE_REGION: 'us-east-1',
    SLIPWAY_REGISTRY_MIRRORS: {},
    SLIPWAY_PLAIN_HTTP_REGISTRIES: [],
    SLIPWAY_NO_PROXY: [],
    SLIPWAY_BUILDER: 'auto',
    SLIPWAY_CONTEXT_IMAGE: 'public.ecr.aws/docker/library/node:24-slim',
    SLIPWAY_KANIKO_IMAGE: 'ghcr.io/osscontainertools/kaniko:v1.28.3',
    SLIPWAY_FILE_ROOTS: [],
    SLIPWAY_WORK_DIRECTORY: '/var/lib/slipway',
    SLIPWAY_GIT_PATH: [],
    SLIPWAY_LONGEST_BACK_OFF: 900,
    SLIPWAY_MEMORY_CEILING: '8Gi',
    SLIPWAY_IMAGE_PULL_GRACE: 120,
    SLIPWAY_NODE_LOST_AFTER: 60,
    SLIPWAY_SWEEP_INTERVAL: 60,
    SLIPWAY_MAX_POD_WAITS: 500,
    SLIPWAY_MAX_SOURCE_ACTIVITIES: 8,
    SLIPWAY_DRAIN_TIME: 30,
    SLIPWAY_LOG_LEVEL: 'info',
  });
});

describe('a setting', () => {
  test.each<[string, string, unknown]>([
    ['SLIPWAY_INSTALLATION', 'a', 'a'],
    ['SLIPWAY_INSTALLATION', `a${'-'.repeat(61)}9`, `a${'-'.repeat(61)}9`],
    ['SLIPWAY_NAMESPACES', ' builds,', 'builds'],
    ['SLIPWAY_ROLES', 'source', ['source']],
    ['SLIPWAY_ROLES', ' pods, workflow ', ['pods', 'workflow']],
    ['SLIPWAY_STORE_ENDPOINT', 'http://10.0.0.1:9000', 'http://10.0.0.1:9000'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io=10.0.0.1:5000', { 'docker.io': '10.0.0.1:5000' }],
    ['SLIPWAY_REGISTRY_MIRRORS', 'a.io=b:1, c.io=d', { 'a.io': 'b:1', 'c.io': 'd' }],
    ['SLIPWAY_PLAIN_HTTP_REGISTRIES', 'a:5000,b', ['a:5000', 'b']],
    ['SLIPWAY_HTTPS_PROXY', 'http://proxy.test:3128', 'http://proxy.test:3128'],
    ['SLIPWAY_HTTPS_PROXY', 'http://proxy.test:3128/', 'http://proxy.test:3128'],
    ['SLIPWAY_HTTP_PROXY', 'https://[fd00::1]:3128', 'https://[fd00::1]:3128'],
    ['SLIPWAY_NO_PROXY', '.test,10.0.0.0/8', ['.test', '10.0.0.0/8']],
    ['SLIPWAY_BUILDER', 'buildah', 'buildah'],
    ['SLIPWAY_KANIKO_IMAGE', 'kaniko', 'kaniko'],
    ['SLIPWAY_BUILDAH_IMAGE', 'registry.test:5000/buildah:1.39', 'registry.test:5000/buildah:1.39'],
    ['SLIPWAY_CONTEXT_IMAGE', `[::1]:5000/node@${digest}`, `[::1]:5000/node@${digest}`],
    ['SLIPWAY_FILE_ROOTS', '/srv/a:/srv/b,c:', ['/srv/a', '/srv/b,c']],
    ['SLIPWAY_NODE_LOST_AFTER', '30', 30],
    ['SLIPWAY_MEMORY_CEILING', '512Mi', '512Mi'],
    ['SLIPWAY_MEMORY_CEILING', '1.5G', '1.5G'],
    ['SLIPWAY_POD_LEASE', '600', 600],
    ['SLIPWAY_DRAIN_TIME', '90', 90],
    ['SLIPWAY_HEALTH_ADDRESS', '0.0.0.0:8080', { host: '0.0.0.0', port: 8080 }],
    ['SLIPWAY_METRICS_ADDRESS', '[::]:9090', { host: '::', port: 9090 }],
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
    ['SLIPWAY_ROLES', ''],
    ['SLIPWAY_ROLES', 'worker'],
    ['SLIPWAY_NAMESPACES', ''],
    ['SLIPWAY_NAMESPACES', ' , '],
    ['SLIPWAY_NAMESPACES', 'builds,more'],
    ['SLIPWAY_STORE_ENDPOINT', ''],
    ['SLIPWAY_STORE_ENDPOINT', 'store.test'],
    ['SLIPWAY_STORE_ENDPOINT', 'store.test:9000'],
    ['SLIPWAY_STORE_ENDPOINT', 's3://bucket'],
    ['SLIPWAY_CA_BUNDLE', '/nonexistent/ca.pem'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io='],
    ['SLIPWAY_REGISTRY_MIRRORS', '=mirror'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'a=b,a=b=c'],
    ['SLIPWAY_HTTPS_PROXY', 'proxy.test:3128'],
    ['SLIPWAY_HTTPS_PROXY', 'socks5://proxy.test:1080'],
    ['SLIPWAY_HTTPS_PROXY', 'http://proxy.test/path'],
    ['SLIPWAY_HTTP_PROXY', ''],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io=https://mirror.test'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io=mirror.test/hub'],
    ['SLIPWAY_REGISTRY_MIRRORS', 'docker.io/library=mirror.test'],
    ['SLIPWAY_PLAIN_HTTP_REGISTRIES', 'http://registry.test'],
    ['SLIPWAY_PLAIN_HTTP_REGISTRIES', 'a:5000,b:99999'],
    ['SLIPWAY_BUILDER', 'docker'],
    ['SLIPWAY_KANIKO_IMAGE', ''],
    ['SLIPWAY_KANIKO_IMAGE', 'Registry.test/Kaniko'],
    ['SLIPWAY_BUILDAH_IMAGE', 'https://registry.test/buildah:1'],
    ['SLIPWAY_BUILDAH_IMAGE', 'registry.test/buildah:1 2'],
    ['SLIPWAY_CONTEXT_IMAGE', 'registry.test/node@sha256:24'],
    ['SLIPWAY_IMAGE_PULL_GRACE', '2m'],
    ['SLIPWAY_NODE_LOST_AFTER', '0'],
    ['SLIPWAY_NODE_LOST_AFTER', ''],
    ['SLIPWAY_MAX_POD_WAITS', '-1'],
    ['SLIPWAY_MAX_SOURCE_ACTIVITIES', '1.5'],
    ['SLIPWAY_MEMORY_CEILING', '8 GiB'],
    ['SLIPWAY_MEMORY_CEILING', '0'],
    ['SLIPWAY_MEMORY_CEILING', '500m'],
    ['SLIPWAY_POD_LEASE', '0'],
    ['SLIPWAY_SWEEP_INTERVAL', '-5'],
    ['SLIPWAY_HEALTH_ADDRESS', '8080'],
    ['SLIPWAY_HEALTH_ADDRESS', ':8080'],
    ['SLIPWAY_HEALTH_ADDRESS', 'localhost:8080'],
    ['SLIPWAY_HEALTH_ADDRESS', '300.0.0.1:8080'],
    ['SLIPWAY_METRICS_ADDRESS', '0.0.0.0:65536'],
    ['SLIPWAY_METRICS_ADDRESS', '::1:9090'],
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

test.each<[string, string, string]>([
  [
    'SLIPWAY_NAMESPACES',
    'builds, more',
    '"builds, more" names 2 namespaces; expected one, because all builder Pods go to the same',
  ],
  [
    'SLIPWAY_KANIKO_IMAGE',
    'kaniko:a b',
    '"kaniko:a b" has a tag "a b" that no registry takes; expected [<host>/]<name>[:<tag>][@sha256:<digest>]',
  ],
  [
    'SLIPWAY_REGISTRY_MIRRORS',
    'docker.io=mirror.test/hub',
    '"docker.io=mirror.test/hub" is not <host>=<mirror host>',
  ],
  ['SLIPWAY_PLAIN_HTTP_REGISTRIES', 'a:5000,http://b', '"http://b" is not <host>[:<port>]'],
])('%s=%s is told with what it holds and what is expected', async (name, text, message) => {
  expect(refusal({ ...(await required()), [name]: text })).toContain(`${name}: ${message}`);
});

describe('a bundle of CAs', () => {
  const [certificate = ''] = rootCertificates;
  const broken = certificate.replace(/\n.{8}/, '\nAAAAAAAA');

  async function bundleOf(text: string): Promise<Record<string, string>> {
    const path = join(await temporaryDirectory(), 'ca.pem');
    await writeFile(path, text);
    return { ...(await required()), SLIPWAY_CA_BUNDLE: path };
  }

  test.each([
    ['one certificate', certificate],
    ['several, with text about them', `# one\n${certificate}\n\n# two\n${certificate}\n`],
    ['Windows’ line ends', certificate.replaceAll('\n', '\r\n')],
  ])('of %s is taken', async (_what, text) => {
    const settings = await bundleOf(text);
    expect(parseSettings(settings).SLIPWAY_CA_BUNDLE).toBe(settings['SLIPWAY_CA_BUNDLE']);
  });

  test.each([
    ['nothing', '', 'holds no certificate'],
    [
      'a key',
      '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----',
      'holds no certificate',
    ],
    ['what is none', broken, 'holds 1 certificate, of which number 1 cannot be read'],
    ['one and half of one', certificate + certificate.slice(0, 200), 'number 2 cannot be read'],
    // Node would stop at it, and trust none of those behind it.
    ['one behind a broken one', `${broken}\n${certificate}`, 'number 1 cannot be read'],
  ])('of %s is refused', async (_what, text, problem) => {
    const settings = await bundleOf(text);
    const message = refusal(settings);
    expect(message).toContain(`SLIPWAY_CA_BUNDLE: ${settings['SLIPWAY_CA_BUNDLE']} holds`);
    expect(message).toContain(problem);
    expect(message).toContain('expected PEM text');
    expect(message).not.toContain('MAA=');
  });
});

test('a key in the place of its file is not printed', async () => {
  const settings = { ...(await required()), SLIPWAY_STORE_SECRET_KEY_FILE: 'hunter2/+secret' };
  const message = refusal(settings);
  expect(message).toContain('SLIPWAY_STORE_SECRET_KEY_FILE: ');
  expect(message).not.toContain('hunter2');
});

test.each(['http://ann:hunter2@proxy.test:3128', 'http://ann@proxy.test', 'hunter2@proxy.test'])(
  'a login in a proxy’s address is refused, and not printed: %s',
  async (address) => {
    const message = refusal({ ...(await required()), SLIPWAY_HTTPS_PROXY: address });
    expect(message).toContain('SLIPWAY_HTTPS_PROXY: ');
    expect(message).not.toMatch(/hunter2|ann@/);
  },
);
