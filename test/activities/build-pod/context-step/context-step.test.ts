import { describe, expect, it, test } from 'vitest';
import { contextStep } from '../../../../activities/build-pod/context-step/context-step.ts';
import { classify } from '../../../../activities/build-pod/evidence/classify.ts';
import { podFacts } from '../../../../activities/build-pod/pod-facts.ts';
import type { PodRequest } from '../../../../activities/build-pod/pod-request.ts';
import { buildPod } from '../../../../activities/build-pod/spec.ts';
import { fullRequest, minimalRequest } from '../fixtures.ts';
import { containerStatus } from '../pods.ts';

function withSettings(change: Partial<PodRequest['settings']>): PodRequest {
  return { ...minimalRequest, settings: { ...minimalRequest.settings, ...change } };
}

function environmentOf(request: PodRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    (contextStep(request).env ?? []).map(({ name, value }) => [name, value]),
  );
}

describe('the context step', () => {
  const https = 'http://proxy.example.com:3128';

  it('knows what to fetch, and nothing else, where there is neither proxy nor CA', () => {
    expect(environmentOf(minimalRequest)).toEqual({
      CONTEXT_URL: minimalRequest.contextUrl,
      CONTEXT_DIGEST: minimalRequest.context.digest,
      CONTEXT_DIRECTORY: '/slipway/context',
      CONTEXT_REPORT: '/dev/termination-log',
    });
  });

  it.each<[string, readonly string[], string | undefined]>([
    ['goes through the proxy that the store is behind', [], https],
    ['leaves the proxy out for a store in a domain of its own', ['.example.com'], undefined],
    // Node.js itself knows no networks there.
    ['leaves it out for a store in a network of its own', ['10.0.0.0/8'], undefined],
  ])('%s', (_, noProxy, expected) => {
    const request = withSettings({ proxy: { https, http: null, noProxy } });
    const contextUrl = noProxy.includes('10.0.0.0/8')
      ? 'https://10.1.2.3:9000/slipway/contexts/x.tar.gz?X-Amz-Signature=cafe'
      : request.contextUrl;
    const environment = environmentOf({ ...request, contextUrl });
    expect(environment['HTTPS_PROXY']).toBe(expected);
    expect(environment['NODE_USE_ENV_PROXY']).toBe(expected === undefined ? undefined : '1');
    expect(environment['NO_PROXY']).toBeUndefined();
  });

  it('trusts the CA bundle beside what its image trusts', () => {
    const { NODE_EXTRA_CA_CERTS: file } = environmentOf(withSettings({ caBundle: 'PEM' }));
    expect(file).toBe('/slipway/files/ca.crt');
  });

  it.each([
    [undefined, undefined],
    ['64Mi', '256Mi'],
    ['200M', '256Mi'],
    ['256Mi', '256Mi'],
    ['1Gi', '1Gi'],
  ])('of a container with memory %s has %s', (memory, expected) => {
    const { container } = minimalRequest;
    const resources = memory === undefined ? {} : { memory };
    const step = contextStep({ ...minimalRequest, container: { ...container, resources } });
    expect(step.resources?.limits?.['memory']).toBe(expected);
  });
});

describe('a context step that failed', () => {
  const report = (type: string, message: string): string => JSON.stringify({ type, message });

  test.each<[string, number, string | undefined, string, string]>([
    ['reports', 1, report('ContextExpired', 'answered 403'), 'ContextExpired', 'answered 403'],
    ['reports', 1, report('ContextCorrupted', 'holds x'), 'ContextCorrupted', 'holds x'],
    ['reports', 1, report('DiskFull', 'tar: no space'), 'DiskFull', 'tar: no space'],
    [
      'reports what nobody knows',
      1,
      report('Nonsense', 'x'),
      'ContextUnavailable',
      'the context was not fetched: {"type":"Nonsense","message":"x"}',
    ],
    [
      'has another program in its image',
      127,
      'node: not found\n',
      'ContextUnavailable',
      'the context was not fetched: node: not found',
    ],
    // More memory for the builder would be in vain.
    [
      'is killed',
      137,
      undefined,
      'ContextUnavailable',
      'the context was not fetched: exit code 137',
    ],
  ])('%s (%i, %s)', (_, exitCode, message, failureType, reason) => {
    const { metadata, spec } = buildPod(fullRequest);
    const terminated = {
      exitCode,
      reason: exitCode === 137 ? 'OOMKilled' : 'Error',
      ...(message === undefined ? {} : { message }),
    };
    const facts = podFacts({
      metadata: metadata ?? {},
      spec: spec ?? { containers: [] },
      status: {
        phase: 'Failed',
        initContainerStatuses: [containerStatus('context', { terminated })],
      },
    });
    expect(classify('kaniko', { facts, log: 'context: something\n' })).toMatchObject({
      failureType,
      reason,
    });
  });
});
