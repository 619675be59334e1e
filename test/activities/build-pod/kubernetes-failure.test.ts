import { ApiException } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { kubernetesFailure } from '../../../activities/build-pod/kubernetes-failure.ts';

const url = 'https://store/slipway/contexts/a.tar.gz?X-Amz-Credential=AK&X-Amz-Signature=cafe';

/** An admission webhook, and the API server's validation, quote the Pod that they refuse. */
const quoted = `denied the request: container <{"env":[{"value":"${url}"}]}> has no probe`;

test('of several addresses, none of which answers, the first says why', () => {
  const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:6443'), new Error('x')]);
  const error = new TypeError('fetch failed', { cause: refused });
  expect(kubernetesFailure('reading Pod a/b', error).message).toBe(
    'reading Pod a/b: the Kubernetes API did not answer: connect ECONNREFUSED ::1:6443',
  );
});

test.each<[string, unknown, string]>([
  ['a Status', new ApiException(403, 'x', JSON.stringify({ message: quoted }), {}), 'PodRejected'],
  ['a body that is no JSON', new ApiException(422, 'x', url, {}), 'PodRejected'],
  [
    'a quota',
    new ApiException(403, 'x', { message: `exceeded quota: ${url}` }, {}),
    'QuotaExceeded',
  ],
  ['no answer', new TypeError('fetch failed', { cause: new Error(quoted) }), 'ClusterUnavailable'],
])('no presigned URL is in what is told of %s', (_label, error, type) => {
  const told = kubernetesFailure('creating Pod builds/bld-x', error);
  expect(told.type).toBe(type);
  expect(told.message).toContain('https://store/slipway/contexts/a.tar.gz?[redacted]');
  const causes = [told.cause, (told.cause as Error | undefined)?.cause];
  expect(causes.map((cause) => (cause instanceof Error ? cause.stack : '')).join('\n')).not.toMatch(
    /cafe|AK/,
  );
});
