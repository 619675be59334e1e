import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { format } from 'prettier';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { literalArguments } from '../../../activities/build-pod/builders/mounts.ts';
import type { PodRequest } from '../../../activities/build-pod/pod-request.ts';
import type { BuiltContainer } from '../../../workflows/contract/application.ts';
import { buildPod, specHash } from '../../../activities/build-pod/spec.ts';
import { fullRequest, minimalRequest, withBuilder } from './fixtures.ts';

const builders = ['kaniko', 'buildah'] as const;
const requests = { minimal: minimalRequest, full: fullRequest };

function withContainer(request: PodRequest, change: Partial<BuiltContainer>): PodRequest {
  return { ...request, container: { ...request.container, ...change } };
}

function typeOf(run: () => unknown): string | null | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ApplicationFailure) return error.type;
    throw error;
  }
  return 'nothing thrown';
}

/** The kubelet's rule: `$$` is `$`, `$(NAME)` the variable, any other `$` itself. */
function expanded(argument: string): string {
  return argument.replace(/\$\$|\$\([^)]*\)/g, (match) => (match === '$$' ? '$' : 'REPLACED'));
}

describe.each(builders)('the Pod of %s', (name) => {
  it.each(Object.entries(requests))('is as recorded: %s', async (label, request) => {
    const pod = buildPod(withBuilder(name, request));
    const text = await format(JSON.stringify(pod), { parser: 'json', printWidth: 100 });
    await expect(text).toMatchFileSnapshot(`golden/${name}-${label}.json`);
  });

  it('holds the context URL once, in its context step, and no other credential', () => {
    const pod = buildPod(withBuilder(name, fullRequest));
    const { contextUrl } = fullRequest;
    expect(JSON.stringify(pod).split(contextUrl)).toHaveLength(2);
    const [first] = pod.spec?.initContainers ?? [];
    expect(first).toMatchObject({ name: 'context' });
    expect(first?.env).toContainEqual({ name: 'CONTEXT_URL', value: contextUrl });
  });

  it('passes user text on as single arguments, never through a shell', () => {
    const pod = buildPod(withBuilder(name, fullRequest));
    const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const args = all.flatMap((one) => one.args ?? []);
    expect(args.map(expanded)).toContain('COMMAND=$(reboot); echo "x"');
    for (const { command } of all) expect(command?.join(' ') ?? '').not.toMatch(/\bsh\b/);
  });

  it('pushes one tag, named by the input digest', () => {
    const text = JSON.stringify(buildPod(withBuilder(name, fullRequest)));
    expect(text.match(/registry\.example\.com\/shop\/api-server:[^"]*/g)).toEqual([
      `registry.example.com/shop/api-server:in-${'b'.repeat(64)}`,
    ]);
  });

  it('leaves the reproducible settings out where they are not wanted', () => {
    const request = withContainer(withBuilder(name, minimalRequest), { reproducible: false });
    expect(JSON.stringify(buildPod(request))).not.toMatch(/--reproducible|--timestamp=|=oci/);
  });

  it('refuses a Dockerfile that does not fit into annotations', () => {
    const request = { ...withBuilder(name, minimalRequest), dockerfile: '#'.repeat(256 * 1024) };
    expect(typeOf(() => buildPod(request))).toBe('PodRejected');
  });
});

describe('literalArguments', () => {
  it('gives the container the text itself, whatever the kubelet would replace in it', () => {
    const text = fc.array(fc.constantFrom('$', '(', ')', 'HOME', 'x')).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (argument) => {
        expect(literalArguments([argument]).map(expanded)).toEqual([argument]);
      }),
    );
  });
});

it.each([
  ['kaniko', '--snapshot-mode=redo'],
  ['buildah', '--label=org.example.team=shop'],
] as const)('%s gets its flags', (name, flag) => {
  const pod = buildPod(withContainer(withBuilder(name, minimalRequest), { builderFlags: [flag] }));
  expect(JSON.stringify(pod)).toContain(JSON.stringify(flag));
});

describe('pull and push Secrets', () => {
  it('buildah pulls with the one and pushes with the other', () => {
    const request = withContainer(withBuilder('buildah', minimalRequest), {
      pullSecret: 'a',
      pushSecret: 'b',
    });
    const { spec } = buildPod(request);
    const secretOf = (mount: string | undefined): string | undefined =>
      spec?.volumes?.find(({ name }) => name === mount)?.secret?.secretName;
    const lastMount = (one: { volumeMounts?: { name: string }[] } | undefined) =>
      one?.volumeMounts?.at(-1)?.name;
    expect(secretOf(lastMount(spec?.initContainers?.at(-1)))).toBe('a');
    expect(secretOf(lastMount(spec?.containers[0]))).toBe('b');
  });
});

describe('build-time secrets', () => {
  const secrets = [{ id: 'npmrc', secret: 'npm', key: '.npmrc' }];

  it.each(builders)('reach %s as files of one volume, with the named key alone', (name) => {
    const { spec } = buildPod(withContainer(withBuilder(name, minimalRequest), { secrets }));
    expect(spec?.volumes?.find((volume) => volume.name === 'secrets')?.projected).toEqual({
      defaultMode: 0o400,
      sources: [{ secret: { name: 'npm', items: [{ key: '.npmrc', path: '0' }] } }],
    });
    const [, builds] = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
    const mount = builds?.volumeMounts?.find((one) => one.name === 'secrets');
    expect(builds?.args).toContain(`--secret=id=npmrc,src=${mount?.mountPath}/0`);
  });

  it('are not mounted where Buildah pushes', () => {
    const { spec } = buildPod(withContainer(withBuilder('buildah', minimalRequest), { secrets }));
    expect(JSON.stringify(spec?.containers)).not.toContain('secrets');
  });

  it.each(['a,src=/etc/shadow', '../id', '', 'a b', '-a', '.'])('refuse the id %j', (id) => {
    for (const name of builders) {
      const [secret] = secrets;
      const request = withContainer(withBuilder(name, minimalRequest), {
        secrets: [{ ...secret!, id }],
      });
      expect(typeOf(() => buildPod(request))).toBe('InvalidDefinition');
    }
  });
});

describe('a layer cache', () => {
  const cached = withContainer(minimalRequest, { cache: { repository: 'cache.example.com/a' } });

  it('is kept by Kaniko in the repository itself', () => {
    const args = buildPod(cached).spec?.containers[0]?.args;
    expect(args).toContain('--cache=true');
    expect(args).toContain('--cache-repo=cache.example.com/a');
  });

  it('is written by Buildah’s first attempt, and only read by the next ones', () => {
    const argsOf = (generation: number) =>
      buildPod({
        ...withBuilder('buildah', cached),
        attempt: { ...cached.attempt, generation },
      })
        .spec?.initContainers?.at(-1)
        ?.args?.filter((arg) => /^--(cache|layers)/.test(arg));
    const repository = expect.stringMatching(/^--cache-from=cache\.example\.com\/a\/[0-9a-f]{16}$/);
    const written = expect.stringMatching(/^--cache-to=cache\.example\.com\/a\/[0-9a-f]{16}$/);
    expect(argsOf(0)).toEqual(['--layers=true', repository, written]);
    expect(argsOf(1)).toEqual(['--layers=true', repository]);
  });

  it.each(builders)('that is away is left out by %s, and the spec hash stays', (name) => {
    const request = withBuilder(name, cached);
    const away = { ...request, cacheProblem: 'it does not answer' };
    const text = JSON.stringify(buildPod(away));
    expect(text).not.toMatch(/--cache|cache\.example\.com/);
    expect(text).toContain('it does not answer');
    expect(specHash(away)).toBe(specHash(request));
    expect(specHash(request)).not.toBe(specHash(withBuilder(name, minimalRequest)));
  });

  it('gives Buildah both logins: the cache is written with the one for pushing', () => {
    const request = withContainer(withBuilder('buildah', cached), {
      pullSecret: 'a',
      pushSecret: 'b',
    });
    const build = buildPod(request).spec?.initContainers?.at(-1);
    const variables = Object.fromEntries(build?.env?.map(({ name, value }) => [name, value]) ?? []);
    expect(variables).toMatchObject({
      REGISTRY_AUTH_FILE: '/slipway/pull-login/config.json',
      DOCKER_CONFIG: '/slipway/push-login',
    });
    expect(build?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(
      expect.arrayContaining(['/slipway/pull-login', '/slipway/push-login']),
    );
  });
});

describe('registries', () => {
  const settings = {
    ...minimalRequest.settings,
    registryMirrors: { 'Registry-1.Docker.io': 'Mirror.example.com:5000' },
    plainHttpRegistries: ['MIRROR.example.com:5000', 'index.docker.io'],
  };

  it('are named for Kaniko as its library names them, whatever the settings write', () => {
    const args = buildPod({ ...minimalRequest, settings }).spec?.containers[0]?.args;
    expect(args?.filter((arg) => /registry/.test(arg))).toEqual([
      expect.stringContaining('--destination='),
      '--registry-map=index.docker.io=mirror.example.com:5000',
      '--skip-default-registry-fallback',
      '--insecure-registry=mirror.example.com:5000',
      '--insecure-registry=index.docker.io',
    ]);
  });

  it('are named for Buildah in lower case, Docker’s hub as references have it', () => {
    const pod = buildPod({ ...withBuilder('buildah', minimalRequest), settings });
    expect(parse(pod.metadata?.annotations?.['slipway/registries-conf'] ?? '')['registry']).toEqual(
      [
        { prefix: 'docker.io', location: 'mirror.example.com:5000', insecure: true },
        { prefix: 'mirror.example.com:5000', location: 'mirror.example.com:5000', insecure: true },
      ],
    );
  });
});

describe('proxies', () => {
  const settings = {
    ...minimalRequest.settings,
    proxy: { https: 'http://proxy.example.com:3128', http: null, noProxy: ['store.example.com'] },
  };
  const expected = {
    HTTPS_PROXY: 'http://proxy.example.com:3128',
    https_proxy: 'http://proxy.example.com:3128',
    NO_PROXY: 'store.example.com',
    no_proxy: 'store.example.com',
  };

  it.each(builders)('are in the environment of every container of %s that builds', (name) => {
    const { spec } = buildPod({ ...withBuilder(name, minimalRequest), settings });
    const [, ...steps] = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
    for (const { env } of steps) {
      const proxies = env?.filter((variable) => /proxy/i.test(variable.name)) ?? [];
      expect(Object.fromEntries(proxies.map(({ name: key, value }) => [key, value]))).toEqual(
        expected,
      );
    }
  });

  it('are arguments for Kaniko’s RUN, which the definition can override', () => {
    const request = withContainer(
      { ...minimalRequest, settings },
      { buildArgs: { HTTPS_PROXY: 'http://own.example.com' } },
    );
    const args = buildPod(request).spec?.containers[0]?.args ?? [];
    const given = args.filter((_arg, index) => args[index - 1] === '--build-arg');
    expect(given.toSorted()).toEqual(
      Object.entries({ ...expected, HTTPS_PROXY: 'http://own.example.com' })
        .map((pair) => pair.join('='))
        .toSorted(),
    );
  });
});

describe('specHash', () => {
  it.each(builders)('does not depend on the signature of the context URL: %s', (name) => {
    const request = withBuilder(name, fullRequest);
    expect(specHash({ ...request, contextUrl: 'https://other.example.com/y' })).toBe(
      specHash(request),
    );
  });

  it.each(builders)('does not depend on how the worker is set up: %s', (name) => {
    const request = withBuilder(name, fullRequest);
    const settings = {
      ...request.settings,
      registryMirrors: {},
      plainHttpRegistries: ['plain.example.com'],
      caBundle: null,
      contextStep: { ...request.settings.contextStep, image: 'node:24@sha256:other' },
    };
    expect(specHash({ ...request, settings })).toBe(specHash(request));
  });

  it.each<[string, PodRequest]>([
    ['Dockerfile', { ...fullRequest, dockerfile: 'FROM scratch\n' }],
    [
      'context',
      { ...fullRequest, context: { ...fullRequest.context, object: 'contexts/d.tar.gz' } },
    ],
    ['build argument', withContainer(fullRequest, { buildArgs: { MODE: 'debug' } })],
    ['memory', withContainer(fullRequest, { resources: { memory: '2Gi' } })],
    ['builder', withBuilder('buildah', fullRequest)],
    ['generation', { ...fullRequest, attempt: { ...fullRequest.attempt, generation: 1 } }],
  ])('depends on the %s', (_what, request) => {
    expect(specHash(request)).not.toBe(specHash(fullRequest));
  });
});
