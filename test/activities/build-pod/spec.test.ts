import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { format } from 'prettier';
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

  it('holds the context URL once, and no other credential', () => {
    const text = JSON.stringify(buildPod(withBuilder(name, fullRequest)));
    expect(text.split(fullRequest.contextUrl)).toHaveLength(2);
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

  it.each([
    '--destination=evil.example.com/x',
    '--context=dir:///',
    '-v',
    '--label',
    '--volume=/:/host',
    '--ulimit=nofile=1; reboot',
    '--__proto__=x',
    '--constructor',
    'true',
  ])('refuses the flag %s', (flag) => {
    const request = withContainer(withBuilder(name, minimalRequest), { builderFlags: [flag] });
    expect(typeOf(() => buildPod(request))).toBe('InvalidDefinition');
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

describe('flags that a builder allows', () => {
  it.each([
    ['kaniko', '--snapshot-mode=redo'],
    ['kaniko', '--single-snapshot'],
    ['buildah', '--label=org.example.team=shop'],
    ['buildah', '--squash'],
  ] as const)('%s %s', (name, flag) => {
    const pod = buildPod(
      withContainer(withBuilder(name, minimalRequest), { builderFlags: [flag] }),
    );
    expect(JSON.stringify(pod)).toContain(JSON.stringify(flag));
  });
});

describe('pull and push Secrets', () => {
  it('kaniko refuses two different ones: it reads one docker configuration', () => {
    const request = withContainer(minimalRequest, { pullSecret: 'a', pushSecret: 'b' });
    expect(typeOf(() => buildPod(request))).toBe('InvalidDefinition');
  });

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
    expect(secretOf(lastMount(spec?.initContainers?.[0]))).toBe('a');
    expect(secretOf(lastMount(spec?.containers[0]))).toBe('b');
  });
});

describe('specHash', () => {
  it.each(builders)('does not depend on the signature of the context URL: %s', (name) => {
    const request = withBuilder(name, fullRequest);
    expect(specHash({ ...request, contextUrl: 'https://other.example.com/y' })).toBe(
      specHash(request),
    );
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
