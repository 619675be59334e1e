import { ApiException, type V1ObjectMeta, type V1Secret } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { createKubernetesSecrets } from '../../../activities/support/kubernetes-secrets.ts';
import type { Secrets } from '../../../activities/support/secrets.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const auth = Buffer.from('ann:pa:ss wörd').toString('base64');

interface Planted {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly hosts?: string;
  readonly use?: string;
  readonly data?: Record<string, string>;
}

function secretsWith(planted: Planted) {
  const { auths = {}, hosts = '', use = 'registry' } = planted;
  const secret: V1Secret = {
    metadata: { labels: { 'slipway/use': use }, annotations: { 'slipway/hosts': hosts } },
    data: planted.data ?? { '.dockerconfigjson': encode({ auths }) },
  };
  return secretsAnswering(() => Promise.resolve(secret));
}

function secretsAnswering(answer: () => Promise<V1Secret>) {
  return createKubernetesSecrets({
    coreApi: { readNamespacedSecret: answer },
    namespace: 'builds',
  });
}

const host = 'registry.example.com:5000';
/** The ways to ask for a Secret: they fail alike when it cannot be read. */
const ways: [string, (secrets: Secrets) => Promise<unknown>][] = [
  ['registryLogin', (secrets) => secrets.registryLogin('login', host)],
  ['requireRegistryUse', (secrets) => secrets.requireRegistryUse('login')],
  ['requireBuildUse', (secrets) => secrets.requireBuildUse('login', 'token')],
  ['buildValue', (secrets) => secrets.buildValue('login', 'token')],
];

describe('registryLogin', () => {
  test.each<[string, Planted, string, object | null]>([
    [
      'auth',
      { auths: { [host]: { auth } }, hosts: host },
      host,
      { username: 'ann', password: 'pa:ss wörd' },
    ],
    [
      'user and password',
      { auths: { [host]: { username: 'bob', password: 'x', auth } }, hosts: `other, ${host}` },
      host,
      { username: 'bob', password: 'x' },
    ],
    [
      'a URL as key',
      { auths: { [`https://${host}/v2/`]: { auth } }, hosts: host },
      host,
      { username: 'ann', password: 'pa:ss wörd' },
    ],
    [
      'Docker’s own name for its hub',
      { auths: { 'https://index.docker.io/v1/': { auth } }, hosts: 'docker.io' },
      'docker.io',
      { username: 'ann', password: 'pa:ss wörd' },
    ],
    [
      'the hub’s other names',
      { auths: { 'docker.io': { auth } }, hosts: 'index.docker.io' },
      'registry-1.docker.io',
      { username: 'ann', password: 'pa:ss wörd' },
    ],
    ['no login for this host', { auths: { other: { auth } }, hosts: host }, host, null],
    ['nothing at all', { hosts: host }, host, null],
  ])('%s', async (_what, planted, asked, expected) => {
    expect(await secretsWith(planted).registryLogin('login', asked)).toEqual(expected);
  });

  const good = { auths: { [host]: { auth } }, hosts: host };
  test.each<[string, Planted, string]>([
    ['another use', { ...good, use: 'git' }, 'not labelled `slipway/use: registry`'],
    [
      'other hosts',
      { ...good, hosts: 'a.example.com, b.example.com' },
      'has a.example.com, b.example.com',
    ],
    [
      'the host with another port',
      { ...good, hosts: 'registry.example.com' },
      'is not for registry',
    ],
    ['no hosts', { ...good, hosts: ' , ' }, 'has no host'],
    ['another type', { ...good, data: { password: 'aHVudGVyMg==' } }, 'kubectl create secret'],
    ['broken JSON', { ...good, data: { '.dockerconfigjson': 'aHVudGVyMg==' } }, 'is not JSON'],
    [
      'other JSON',
      { ...good, data: { '.dockerconfigjson': encode({ hunter2: 1 }) } },
      'docker configuration',
    ],
    [
      'a login without a password',
      { ...good, auths: { [host]: { auth: 'aHVudGVyMg==' } } },
      'neither',
    ],
  ])('%s is SecretNotFound, and no value is told', async (_what, planted, text) => {
    const problem: unknown = await secretsWith(planted)
      .registryLogin('login', host)
      .catch((error: unknown) => error);
    expect(problem).toMatchObject({
      type: 'SecretNotFound',
      nonRetryable: true,
      message: expect.stringContaining(text),
    });
    expect(String(problem)).toContain('builds/login');
    expect(JSON.stringify(problem) + String(problem)).not.toMatch(/hunter2|aHVudGVyMg|pa:ss/);
  });
});

describe('requireRegistryUse', () => {
  const good = { auths: { [host]: { auth } }, hosts: `${host}, cache.example.com` };
  test.each<[string, Planted, readonly string[]]>([
    ['one host', { ...good, hosts: host }, []],
    ['several hosts', good, []],
    ['the hosts that are asked for', good, [host.toUpperCase(), 'cache.example.com']],
    [
      'Docker’s hub by another name',
      { auths: { 'registry-1.docker.io': { auth } }, hosts: 'index.docker.io' },
      ['docker.io'],
    ],
    ['no login at all', { hosts: host }, [host]],
    [
      'user, password and auth, as kubectl writes them',
      { ...good, auths: { [host]: { username: 'ann', password: 'pa:ss', auth } } },
      [host],
    ],
    [
      'logins of hosts by other names, and of repositories',
      {
        auths: {
          'https://index.docker.io/v1/': { auth },
          [`${host.toUpperCase()}/shop`]: { auth },
        },
        hosts: `docker.io, ${host}`,
      },
      [],
    ],
    ['a login by token', { ...good, auths: { [host]: { identitytoken: 'x' } } }, [host]],
  ])('is content with %s', async (_what, planted, hosts) => {
    await expect(secretsWith(planted).requireRegistryUse('login', hosts)).resolves.toBeUndefined();
  });

  test.each<[string, Planted, readonly string[], string]>([
    ['a host that it is not for', good, [host, 'other.example.com'], 'not for other.example.com'],
    [
      'a login for a host that nobody annotated',
      { ...good, auths: { [host]: { auth }, 'https://hunter2@Prod.example.com/v1/': { auth } } },
      [host],
      `has a login for prod.example.com, and its annotation \`slipway/hosts\` does not name that host but ${host}, cache.example.com`,
    ],
    [
      'a login for another port',
      { ...good, auths: { 'registry.example.com': { auth } } },
      [],
      'has a login for registry.example.com,',
    ],
    [
      'user and password that builders do not read',
      { ...good, auths: { [host]: { username: 'hunter2', password: 'hunter2' } } },
      [],
      `has user and password for ${host}, but no \`auth\``,
    ],
    [
      'an empty auth beside them',
      { ...good, auths: { [host]: { username: 'hunter2', password: 'hunter2', auth: '' } } },
      [],
      'but no `auth`',
    ],
    ['another type', { ...good, data: { password: 'aHVudGVyMg==' } }, [], 'kubectl create secret'],
  ])('refuses %s, and tells no value', async (_what, planted, hosts, text) => {
    const problem: unknown = await secretsWith(planted)
      .requireRegistryUse('login', hosts)
      .catch((error: unknown) => error);
    expect(problem).toMatchObject({
      type: 'SecretNotFound',
      message: expect.stringContaining(text),
    });
    expect(JSON.stringify(problem) + String(problem)).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  const labels = { 'slipway/use': 'registry' };
  const annotations = { 'slipway/hosts': host };
  test.each<[string, Pick<V1ObjectMeta, 'labels' | 'annotations'>, string]>([
    ['no label', { annotations }, 'not labelled `slipway/use: registry`'],
    [
      'another use',
      { labels: { 'slipway/use': 'git' }, annotations },
      'not labelled `slipway/use: registry`',
    ],
    ['no annotation', { labels }, '`slipway/hosts` has no host'],
    [
      'an empty annotation',
      { labels, annotations: { 'slipway/hosts': ' , ' } },
      '`slipway/hosts` has no host',
    ],
  ])('%s is SecretNotFound, and no value is told', async (_what, metadata, text) => {
    const data = { '.dockerconfigjson': encode({ auths: { [host]: { auth } } }) };
    const problem: unknown = await secretsAnswering(() => Promise.resolve({ metadata, data }))
      .requireRegistryUse('login')
      .catch((error: unknown) => error);
    expect(problem).toMatchObject({
      type: 'SecretNotFound',
      nonRetryable: true,
      message: expect.stringContaining(text),
    });
    expect(String(problem)).toContain('builds/login');
    expect(JSON.stringify(problem) + String(problem)).not.toContain(auth);
  });
});

describe('requireBuildUse', () => {
  const data = { token: 'aHVudGVyMg==', '.npmrc': '' };

  test('is content with a Secret for builds that has the key, whatever its value', async () => {
    const secrets = secretsWith({ use: 'build', data });
    await expect(secrets.requireBuildUse('values', 'token')).resolves.toBeUndefined();
    await expect(secrets.requireBuildUse('values', '.npmrc')).resolves.toBeUndefined();
  });

  test('a value is told to who wants to know it again', async () => {
    expect(await secretsWith({ use: 'build', data }).buildValue('values', 'token')).toBe('hunter2');
  });

  test.each<[string, Planted, string, string]>([
    ['another use', { use: 'registry', data }, 'token', 'not labelled `slipway/use: build`'],
    ['another key', { use: 'build', data }, 'tokne', 'has no key tokne; it has .npmrc, token'],
    ['a name of every object', { use: 'build', data }, 'constructor', 'has no key constructor'],
    ['no keys', { use: 'build', data: {} }, 'token', 'it has none'],
  ])('%s is SecretNotFound, and no value is told', async (_what, planted, key, text) => {
    const problem: unknown = await secretsWith(planted)
      .requireBuildUse('values', key)
      .catch((error: unknown) => error);
    expect(problem).toMatchObject({
      type: 'SecretNotFound',
      nonRetryable: true,
      message: expect.stringContaining(text),
    });
    expect(String(problem)).toContain('builds/values');
    expect(JSON.stringify(problem) + String(problem)).not.toMatch(/hunter2|aHVudGVyMg/);
  });
});

describe.each(ways)('%s of a Secret that cannot be read', (_way, ask) => {
  test.each([
    [404, 'SecretNotFound'],
    [403, 'SecretNotFound'],
    [500, 'ClusterUnavailable'],
    [429, 'ClusterUnavailable'],
  ])('status %s is %s', async (code, type) => {
    const secrets = secretsAnswering(() =>
      Promise.reject(new ApiException(code, 'no', '{"hunter2":1}', {})),
    );
    const problem: unknown = await ask(secrets).catch((e: unknown) => e);
    expect(problem).toMatchObject({ type });
    expect(String(problem)).not.toContain('hunter2');
  });

  test('a cluster that is not there is ClusterUnavailable', async () => {
    const secrets = secretsAnswering(() => Promise.reject(new Error('connect ECONNREFUSED')));
    await expect(ask(secrets)).rejects.toMatchObject({
      type: 'ClusterUnavailable',
      nonRetryable: false,
    });
  });
});
