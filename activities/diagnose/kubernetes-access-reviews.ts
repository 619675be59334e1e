import type { AuthorizationV1Api } from '@kubernetes/client-node';
import { kubernetesFailure } from '../build-pod/kubernetes-failure.ts';
import type { AccessReviews } from './diagnose-pods.ts';

/** Asks by SelfSubjectAccessReview, which every account may do. */
export function createKubernetesAccessReviews(
  api: Pick<AuthorizationV1Api, 'createSelfSubjectAccessReview'>,
): AccessReviews {
  return {
    async refusal({ verb, resource, subresource, scope }, namespace) {
      try {
        const { status } = await api.createSelfSubjectAccessReview({
          body: {
            spec: {
              resourceAttributes: {
                verb,
                resource,
                ...(subresource === undefined ? {} : { subresource }),
                ...(scope === 'namespace' ? { namespace } : {}),
              },
            },
          },
        });
        return status?.allowed === true ? null : (status?.reason ?? '');
      } catch (error) {
        throw kubernetesFailure(`asking whether the worker may ${verb} ${resource}`, error);
      }
    },
  };
}
