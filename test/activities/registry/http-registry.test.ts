import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttpRegistry } from '../../../activities/registry/http-registry.ts';
import type { Registry } from '../../../activities/registry/registry.ts';
import { createDispatcher } from '../../../activities/support/tls.ts';
import type { RegistryLogin, Secrets } from '../../../activities/support/secrets.ts';
import { issueAuthority, issueCertificate } from '../../../dev/credentials/issue.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import {
  manifestType,
  startScriptedRegistry,
  type RegistryScript,
} from '../../support/scripted-registry.ts';

type RegistryLogins = Pick<Secrets, 'registryLogin'>;

const login: RegistryLogin = { username: 'ann', password: 'pa:ss wörd' };
const absent = `sha256:${'0'.repeat(64)}`;

/** One Secret, `login`, that is for the given hosts. */
function secretsFor(hosts: readonly string[], asked: string[] = []): RegistryLogins {
  return {
    async registryLogin(name, host) {
      asked.push(`${name} ${host}`);
      if (name !== 'login' || !hosts.includes(host)) {
        throw failure('SecretNotFound', `not for ${host}`);
      }
      return login;
    },
  };
}

function registryFor(
  hosts: readonly string[],
  options: {
    mirrors?: Readonly<Record<string, string>>;
    secrets?: RegistryLogins;
    caBundle?: string;
    tls?: boolean;
  } = {},
) {
  const dispatcher = createDispatcher(options.caBundle ?? null);
  onTestFinished(() => dispatcher.close());
  return createHttpRegistry({
    secrets: options.secrets ?? secretsFor(hosts),
    dispatcher,
    mirrors: options.mirrors ?? {},
    plainHttpHosts: options.tls === true ? [] : hosts,
  });
}

describe('resolve', () => {
  test('answers with the digest of a tag or a digest, and null where there is none', async () => {
    const { host, plant } = await startScriptedRegistry();
    const digest = plant('shop/api', '{}', '1.0');
    const registry = registryFor([host]);
    expect(await registry.resolve(`${host}/shop/api:1.0`, null)).toBe(digest);
    expect(await registry.resolve(`${host}/shop/api@${digest}`, null)).toBe(digest);
    expect(await registry.resolve(`${host}/shop/api:2.0`, null)).toBeNull();
    expect(await registry.resolve(`${host}/shop/api@${absent}`, null)).toBeNull();
  });

  test('asks for every kind of manifest and index', async () => {
    const accepted: (string | undefined)[] = [];
    const { host } = await startScriptedRegistry({
      intercept(request) {
        accepted.push(request.headers.accept);
        return false;
      },
    });
    await registryFor([host]).resolve(`${host}/a:b`, null);
    for (const kind of ['oci.image.index', 'oci.image.manifest', 'manifest.list', 'manifest.v2']) {
      expect(accepted[0]).toContain(kind);
    }
  });

  test('computes the digest where the registry does not tell it', async () => {
    const { host, plant } = await startScriptedRegistry({ toldDigest: () => null });
    const digest = plant('a', '{"some":"manifest"}', 'b');
    expect(await registryFor([host]).resolve(`${host}/a:b`, null)).toBe(digest);
  });

  test('does not believe an answer that is about another digest', async () => {
    const { host, plant } = await startScriptedRegistry({ toldDigest: () => absent });
    const digest = plant('a', '{}', 'b');
    await expect(registryFor([host]).resolve(`${host}/a@${digest}`, null)).rejects.toMatchObject({
      type: 'RegistryUnavailable',
      message: expect.stringContaining(digest),
    });
  });

  // It becomes the text of a Dockerfile.
  test.each([
    'latest AS x',
    'sha256:abc /etc/shadow',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}0`,
    `sha512:${'a'.repeat(128)}`,
    '',
  ])('takes nothing for a digest but sha256 and 64 hex digits: %j', async (told) => {
    const { host, plant } = await startScriptedRegistry({ toldDigest: () => told });
    const digest = plant('a', '{}', 'b');
    const registry = registryFor([host]);
    for (const ask of [
      () => registry.resolve(`${host}/a:b`, null),
      () => registry.resolvePushed(`${host}/a:b`, null),
      () => registry.resolve(`${host}/a@${digest}`, null),
      () => registry.tag(`${host}/a`, digest, 'b', null),
    ]) {
      await expect(ask()).rejects.toMatchObject({
        type: 'RegistryUnavailable',
        message: expect.stringContaining(`answers with ${JSON.stringify(told)} where`),
      });
    }
  });

  test.each([
    [401, 'BaseImageDenied', true],
    [403, 'BaseImageDenied', true],
    [400, 'RegistryRefused', true],
    [408, 'RegistryUnavailable', false],
    [500, 'RegistryUnavailable', false],
    [503, 'RegistryUnavailable', false],
  ])('%s is %s', async (status, type, nonRetryable) => {
    const { host } = await startScriptedRegistry({
      intercept: (_request, response) => (response.writeHead(status).end(), true),
    });
    await expect(registryFor([host]).resolve(`${host}/a:b`, null)).rejects.toMatchObject({
      type,
      nonRetryable,
      message: expect.stringContaining(`${host}/a`),
    });
  });

  test.each([
    ['120', 120_000],
    ['0', 1_000],
    ['86400', 300_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('429 with Retry-After %s is tried again after %s ms', async (after, nextRetryDelay) => {
    const { host } = await startScriptedRegistry({
      intercept: (_request, response) => (
        response.writeHead(429, after === undefined ? {} : { 'retry-after': after }).end(),
        true
      ),
    });
    await expect(registryFor([host]).resolve(`${host}/a:b`, null)).rejects.toMatchObject({
      type: 'RegistryRateLimited',
      message: expect.stringContaining(after === undefined ? '429' : `Retry-After: ${after}`),
      nextRetryDelay,
    });
  });

  test('a registry that is not there, or breaks off, is RegistryUnavailable', async () => {
    const { host } = await startScriptedRegistry({
      intercept: (request) => (request.socket.destroy(), true),
    });
    const registry = registryFor([host, '127.0.0.1:1']);
    for (const reference of [`${host}/a:b`, '127.0.0.1:1/a:b']) {
      await expect(registry.resolve(reference, null)).rejects.toMatchObject({
        type: 'RegistryUnavailable',
      });
    }
  });

  test('text that is no reference is BaseImageNotFound', async () => {
    await expect(registryFor([]).resolve('Not/An:Image', null)).rejects.toMatchObject({
      type: 'BaseImageNotFound',
    });
  });

  test('speaks TLS, under a CA of its own, unless the host is listed', async () => {
    const authority = await issueAuthority('Slipway test CA', new Date());
    const tls = await issueCertificate(
      authority,
      { commonName: 'localhost', names: ['localhost'] },
      new Date(),
    );
    const { host, plant } = await startScriptedRegistry({ tls });
    const digest = plant('a', '{}', 'b');
    const trusting = registryFor([host], { caBundle: authority.certificate, tls: true });
    expect(await trusting.resolve(`${host}/a:b`, null)).toBe(digest);
    await expect(
      registryFor([host], { tls: true }).resolve(`${host}/a:b`, null),
    ).rejects.toMatchObject({
      type: 'RegistryUnavailable',
      message: expect.stringContaining('SLIPWAY_CA_BUNDLE'),
    });
  });
});

describe('logins', () => {
  test.each(['basic', 'bearer'] as const)('%s is given when it is asked for', async (kind) => {
    const { host, plant, requests } = await startScriptedRegistry({ authentication: kind, login });
    const digest = plant('shop/api', '{}', 'b');
    expect(await registryFor([host]).resolve(`${host}/shop/api:b`, 'login')).toBe(digest);
    expect(requests[0]).toBe('HEAD /v2/shop/api/manifests/b');
  });

  test('a token is asked for with the right scope and service', async () => {
    const { host, requests } = await startScriptedRegistry({ authentication: 'bearer', login });
    await registryFor([host]).resolve(`${host}/shop/api:b`, 'login');
    expect(requests[1]).toBe(
      'GET /token?service=scripted&scope=repository%3Ashop%2Fapi%3Apull (Basic)',
    );
  });

  test('an anonymous token is enough for a public image', async () => {
    const { host, plant } = await startScriptedRegistry({ authentication: 'bearer' });
    const digest = plant('a', '{}', 'b');
    expect(await registryFor([host]).resolve(`${host}/a:b`, null)).toBe(digest);
  });

  test.each(['basic', 'bearer'] as const)('%s that is missing or wrong is denied', async (kind) => {
    const { host } = await startScriptedRegistry({
      authentication: kind,
      login: { username: 'ann', password: 'other' },
    });
    const registry = registryFor([host]);
    for (const secret of [null, 'login']) {
      const problem: unknown = await registry
        .resolve(`${host}/a:b`, secret)
        .catch((e: unknown) => e);
      expect(problem).toMatchObject({ type: 'BaseImageDenied', nonRetryable: true });
      expect(String(problem)).not.toContain(login.password);
    }
  });

  test('does not send a login to a token server without TLS', async () => {
    const thief = await startScriptedRegistry();
    const authority = await issueAuthority('Slipway test CA', new Date());
    const tls = await issueCertificate(
      authority,
      { commonName: 'localhost', names: ['localhost'] },
      new Date(),
    );
    const { host } = await startScriptedRegistry({
      authentication: 'bearer',
      tls,
      realm: `http://${thief.host}/token`,
    });
    const registry = registryFor([host], { caBundle: authority.certificate, tls: true });
    await expect(registry.resolve(`${host}/a:b`, 'login')).rejects.toMatchObject({
      type: 'RegistryUnavailable',
      message: expect.stringContaining('https URL is expected'),
    });
    expect(thief.requests).toEqual([]);
  });

  test('does not read a token of any length', async () => {
    const { host } = await startScriptedRegistry({
      authentication: 'bearer',
      intercept: (request, response) => {
        if (request.url?.startsWith('/token') !== true) return false;
        response.end(JSON.stringify({ token: 't', filler: 'x'.repeat(2 * 1024 * 1024) }));
        return true;
      },
    });
    await expect(registryFor([host]).resolve(`${host}/a:b`, null)).rejects.toMatchObject({
      type: 'RegistryUnavailable',
      message: expect.stringContaining('larger than'),
    });
  });

  test('a Secret that is not for the host ends it before any request', async () => {
    const { host, requests } = await startScriptedRegistry();
    const registry = registryFor([host], { secrets: secretsFor(['elsewhere.example.com']) });
    await expect(registry.resolve(`${host}/a:b`, 'login')).rejects.toMatchObject({
      type: 'SecretNotFound',
    });
    expect(requests).toEqual([]);
  });
});

describe('redirects', () => {
  /** Redirects what is asked with one of the methods, as often as it is asked, to the same path there. */
  function redirecting(methods: readonly string[], to: string, path?: string) {
    return (request: IncomingMessage, response: ServerResponse): boolean => {
      const { method = '', url = '' } = request;
      if (!methods.includes(method) || url === path || request.headers.authorization === undefined)
        return false;
      response.writeHead(307, { location: `${to}${path ?? url}` }).end();
      return true;
    };
  }

  /** A registry with a login that sends some requests elsewhere. */
  async function scene(methods: readonly string[], script: RegistryScript = {}) {
    const other = await startScriptedRegistry(script);
    const own = await startScriptedRegistry({
      authentication: 'basic',
      login,
      intercept: redirecting(methods, `http://${other.host}`),
    });
    return { other, own, registry: registryFor([own.host]), digest: own.plant('a', '{}') };
  }

  test('of questions are followed, without the login', async () => {
    const { other, own, registry } = await scene(['HEAD', 'GET'], { toldDigest: () => null });
    const digest = other.plant('a', '{"here": 1}', 'b');
    expect(await registry.resolve(`${own.host}/a:b`, 'login')).toBe(digest);
    expect(other.requests).toEqual(['HEAD /v2/a/manifests/b', 'GET /v2/a/manifests/b']);
  });

  test('lead to no server that gets the login because it asks for one', async () => {
    const { other, own, registry } = await scene(['HEAD'], { authentication: 'bearer' });
    await expect(registry.resolve(`${own.host}/a:b`, 'login')).rejects.toMatchObject({
      type: 'BaseImageDenied',
      message: expect.stringContaining(`401 by http://${other.host}`),
    });
    expect(other.requests).toEqual(['HEAD /v2/a/manifests/b']);
  });

  test.each([
    ['PUT', (registry, host, digest) => registry.tag(`${host}/a`, digest, 'b', 'login')],
    ['POST', (registry, host) => registry.checkPush(`${host}/a`, 'login')],
  ] satisfies [string, (registry: Registry, host: string, digest: string) => Promise<void>][])(
    'of a %s are refused',
    async (method, ask) => {
      const { other, own, registry, digest } = await scene([method]);
      await expect(ask(registry, own.host, digest)).rejects.toMatchObject({
        type: 'RegistryRefused',
        message: expect.stringContaining(`redirects the ${method} to http://${other.host}`),
      });
      expect(other.requests).toEqual([]);
    },
  );

  test('of the giving up of an upload are not followed', async () => {
    const other = await startScriptedRegistry();
    const { host, requests } = await startScriptedRegistry({
      intercept(request, response) {
        const location =
          request.method === 'POST' ? '/v2/a/blobs/uploads/1' : `http://${other.host}/v2/x`;
        response.writeHead(request.method === 'POST' ? 202 : 307, { location }).end();
        return true;
      },
    });
    await registryFor([host]).checkPush(`${host}/a`, null);
    expect(requests).toEqual(['POST /v2/a/blobs/uploads/', 'DELETE /v2/a/blobs/uploads/1']);
    expect(other.requests).toEqual([]);
  });

  test('of a request for a token are refused', async () => {
    const other = await startScriptedRegistry();
    const { host } = await startScriptedRegistry({
      authentication: 'bearer',
      login,
      intercept(request, response) {
        if (request.url?.startsWith('/token') !== true) return false;
        response.writeHead(302, { location: `http://${other.host}/token` }).end();
        return true;
      },
    });
    await expect(registryFor([host]).resolve(`${host}/a:b`, 'login')).rejects.toMatchObject({
      type: 'RegistryRefused',
      message: expect.stringContaining(`to http://${other.host}`),
    });
    expect(other.requests).toEqual([]);
  });

  test('inside a registry are followed, with the login and what is sent', async () => {
    const { host, plant, tags } = await startScriptedRegistry({
      authentication: 'basic',
      login,
      intercept: redirecting(['PUT'], '', '/v2/moved/manifests/b'),
    });
    const digest = plant('a', '{"some": "manifest"}');
    await registryFor([host]).tag(`${host}/a`, digest, 'b', 'login');
    expect(tags.get('moved:b')).toBe(digest);
  });

  test('in a circle end', async () => {
    const { host, plant } = await startScriptedRegistry({
      intercept(request, response) {
        if (request.method !== 'PUT') return false;
        response.writeHead(308, { location: request.url }).end();
        return true;
      },
    });
    const digest = plant('a', '{}');
    await expect(registryFor([host]).tag(`${host}/a`, digest, 'b', null)).rejects.toMatchObject({
      type: 'RegistryRefused',
      message: expect.stringContaining('redirects the PUT again and again'),
    });
  });

  test.each([
    [429, { 'retry-after': 'db=10.1.2.3' }],
    [200, { 'docker-content-digest': 'db=10.1.2.3' }],
    [200, { 'docker-content-digest': absent }],
    [500, {}],
  ])('lead to no text of others in a message: %s %j', async (status, headers) => {
    const { own, registry, digest } = await scene(['HEAD'], {
      intercept: (_request, response) => (
        response.writeHead(status, 'db=10.1.2.3', headers).end(),
        true
      ),
    });
    const problem: unknown = await registry
      .resolve(`${own.host}/a@${digest}`, 'login')
      .catch((e: unknown) => e);
    expect(problem).toHaveProperty('type');
    expect(String(problem)).not.toMatch(new RegExp(`db=|${absent}`));
  });
});

describe('mirrors', () => {
  test('are asked in place of the registry, with their own login', async () => {
    const mirror = await startScriptedRegistry({ authentication: 'basic', login });
    const digest = mirror.plant('library/debian', '{}', '12');
    const asked: string[] = [];
    const registry = registryFor([mirror.host], {
      mirrors: { 'docker.io': mirror.host },
      secrets: secretsFor([mirror.host], asked),
    });
    expect(await registry.resolve('debian:12', 'login')).toBe(digest);
    expect(await registry.resolve('docker.io/library/debian:13', 'login')).toBeNull();
    expect(asked).toEqual([`login ${mirror.host}`, `login ${mirror.host}`]);
  });

  test('do not get the login of the registry that they stand for', async () => {
    const mirror = await startScriptedRegistry();
    const digest = mirror.plant('library/debian', '{}', '12');
    const registry = registryFor([mirror.host], {
      mirrors: { 'docker.io': mirror.host },
      secrets: secretsFor(['docker.io']),
    });
    expect(await registry.resolve('debian:12', 'login')).toBe(digest);
    expect(mirror.requests).toEqual(['HEAD /v2/library/debian/manifests/12']);
    await expect(registry.resolve('debian:12', 'unknown')).rejects.toMatchObject({
      type: 'SecretNotFound',
    });
  });

  test('have no say about images that Slipway pushes', async () => {
    const [mirror, own] = [await startScriptedRegistry(), await startScriptedRegistry()];
    const digest = own.plant('a', '{}', 'b');
    const registry = registryFor([own.host, mirror.host], { mirrors: { [own.host]: mirror.host } });
    expect(await registry.resolve(`${own.host}/a:b`, null)).toBeNull();
    expect(await registry.resolvePushed(`${own.host}/a:b`, null)).toBe(digest);
    await registry.tag(`${own.host}/a`, digest, 'c', null);
    expect(own.tags.get('a:c')).toBe(digest);
    expect(mirror.requests).toHaveLength(1);
  });
});

describe('resolvePushed', () => {
  test('a refusal is PushDenied', async () => {
    const { host } = await startScriptedRegistry({ authentication: 'basic', login });
    await expect(registryFor([host]).resolvePushed(`${host}/a:b`, null)).rejects.toMatchObject({
      type: 'PushDenied',
    });
  });
});

describe('tag', () => {
  test('sets the tag to the same bytes and media type, and moves it', async () => {
    const { host, plant, tags, manifests } = await startScriptedRegistry();
    const [one, two] = [plant('a', '{"one": 1}'), plant('a', '{"two": 2}')];
    const registry = registryFor([host]);
    await registry.tag(`${host}/a`, one, 'latest', null);
    expect(tags.get('a:latest')).toBe(one);
    await registry.tag(`${host}/a`, two, 'latest', null);
    expect(tags.get('a:latest')).toBe(two);
    expect(manifests.get(`a@${two}`)?.mediaType).toBe(manifestType);
  });

  test('leaves a tag alone that is right already', async () => {
    const { host, plant, requests } = await startScriptedRegistry();
    const digest = plant('a', '{}', 'latest');
    await registryFor([host]).tag(`${host}/a`, digest, 'latest', null);
    expect(requests).toEqual(['HEAD /v2/a/manifests/latest']);
  });

  test('asks for one token that may push', async () => {
    const { host, plant, requests } = await startScriptedRegistry({
      authentication: 'bearer',
      login,
    });
    const digest = plant('a', '{}');
    await registryFor([host]).tag(`${host}/a`, digest, 'b', 'login');
    const tokens = requests.filter((line) => line.includes('/token'));
    expect(tokens).toEqual([
      'GET /token?service=scripted&scope=repository%3Aa%3Apull%2Cpush (Basic)',
    ]);
  });

  test('a manifest that is not there is DigestMismatch', async () => {
    const { host } = await startScriptedRegistry();
    await expect(registryFor([host]).tag(`${host}/a`, absent, 'b', null)).rejects.toMatchObject({
      type: 'DigestMismatch',
    });
  });

  test('a manifest with other content is not tagged', async () => {
    const { host, manifests, tags } = await startScriptedRegistry();
    manifests.set(`a@${absent}`, { body: Buffer.from('{}'), mediaType: manifestType });
    await expect(registryFor([host]).tag(`${host}/a`, absent, 'b', null)).rejects.toMatchObject({
      type: 'RegistryUnavailable',
    });
    expect(tags.size).toBe(0);
  });

  test.each([
    [409, '', 'TagImmutable'],
    [412, '', 'TagImmutable'],
    [
      400,
      '{"errors":[{"code":"TAG_INVALID","message":"The image tag \'1.0\' already exists and cannot be overwritten because the repository is immutable."}]}',
      'TagImmutable',
    ],
    [400, '{"errors":[{"code":"MANIFEST_INVALID"}]}', 'RegistryRefused'],
    [403, '', 'PushDenied'],
    [401, '', 'PushDenied'],
    [429, '', 'RegistryRateLimited'],
    [500, '', 'RegistryUnavailable'],
  ])('a PUT answered with %s %s is %s', async (status, body, type) => {
    const { host, plant } = await startScriptedRegistry({
      intercept(request, response) {
        if (request.method !== 'PUT') return false;
        response.writeHead(status).end(body);
        return true;
      },
    });
    const digest = plant('a', '{}');
    await expect(registryFor([host]).tag(`${host}/a`, digest, 'b', null)).rejects.toMatchObject({
      type,
    });
  });
});

describe('checkPush', () => {
  /** A registry's uploads: begun at a place of its choice, given up by DELETE. */
  function uploads(location: string, status = 202) {
    return (request: IncomingMessage, response: ServerResponse): boolean => {
      if (request.method === 'POST') response.writeHead(status, { location }).end();
      if (request.method === 'DELETE') response.writeHead(204).end();
      return request.method === 'POST' || request.method === 'DELETE';
    };
  }

  test.each([
    ['/v2/shop/cache/blobs/uploads/1?state=x', ['DELETE /v2/shop/cache/blobs/uploads/1?state=x']],
    // A store behind the registry is none of ours, nor to be shown the login.
    ['http://127.0.0.1:1/uploads/1', []],
    ['', ['DELETE /v2/shop/cache/blobs/uploads/']],
  ])('begins an upload and gives it up: %s', async (location, given) => {
    const { host, requests } = await startScriptedRegistry({ intercept: uploads(location) });
    await registryFor([host]).checkPush(`${host}/shop/cache`, null);
    expect(requests).toEqual(['POST /v2/shop/cache/blobs/uploads/', ...given]);
  });

  test('does not mind a registry that keeps the upload open', async () => {
    const { host } = await startScriptedRegistry({
      intercept: (request, response) => {
        if (request.method === 'DELETE') return (response.writeHead(500).end(), true);
        return uploads('/v2/a/blobs/uploads/1')(request, response);
      },
    });
    await expect(registryFor([host]).checkPush(`${host}/a`, null)).resolves.toBeUndefined();
  });

  test('asks for one token that may push', async () => {
    const { host, requests } = await startScriptedRegistry({ authentication: 'bearer', login });
    await registryFor([host])
      .checkPush(`${host}/a`, 'login')
      .catch(() => undefined);
    expect(requests.filter((line) => line.includes('/token'))).toEqual([
      'GET /token?service=scripted&scope=repository%3Aa%3Apull%2Cpush (Basic)',
    ]);
  });

  test.each([
    [401, 'PushDenied'],
    [403, 'PushDenied'],
    [404, 'PushDenied'],
    [405, 'RegistryRefused'],
    [429, 'RegistryRateLimited'],
    [503, 'RegistryUnavailable'],
  ])('%s is %s', async (status, type) => {
    const { host } = await startScriptedRegistry({ intercept: uploads('', status) });
    await expect(registryFor([host]).checkPush(`${host}/a`, null)).rejects.toMatchObject({ type });
  });
});

test('mirrors and plain http hosts are found however the settings write them', async () => {
  const mirror = await startScriptedRegistry();
  const digest = mirror.plant('library/debian', '{}', '12');
  for (const name of ['index.docker.io', 'Registry-1.Docker.IO', 'docker.io']) {
    const registry = registryFor([mirror.host.toUpperCase()], {
      mirrors: { [name]: mirror.host.toUpperCase() },
    });
    expect(await registry.resolve('debian:12', null)).toBe(digest);
  }
});
