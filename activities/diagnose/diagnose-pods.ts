import { ApplicationFailure } from '@temporalio/common';
import type { BuilderRef, DiagnoseOutput } from '../../workflows/contract/activities.ts';
import type { BuilderName } from '../../workflows/contract/application.ts';
import { failurePolicies } from '../../workflows/contract/failures.ts';
import type { Pods } from '../build-pod/kubernetes.ts';
import type { PodRequest } from '../build-pod/pod-request.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { check, type Finding } from './checks.ts';
import { neededAccess, type NeededAccess } from './needed-access.ts';
import { trialPod } from './trial-pod.ts';

/** What the Kubernetes API says of the worker's own rights. */
export interface AccessReviews {
  /** null when it is allowed; else the API's reason. Throws `ClusterUnavailable`. */
  refusal(access: NeededAccess, namespace: string): Promise<string | null>;
}

export interface DiagnosePodsDependencies {
  readonly accessReviews: AccessReviews;
  readonly pods: Pick<Pods, 'try'>;
  readonly settings: PodRequest['settings'] & Pick<InstallationSettings, 'builderImages'>;
}

/**
 * Makes the activity that tries what a worker with Pods needs: each right at the Kubernetes API, and
 * whether the cluster would take a Pod of each builder. It makes none, and throws nothing: what fails
 * is a failed check.
 */
export function createDiagnosePods({
  accessReviews,
  pods,
  settings,
}: DiagnosePodsDependencies): () => Promise<DiagnoseOutput> {
  const { namespace } = settings;
  return async () => ({
    checks: await Promise.all([
      ...neededAccess.map((access) => {
        const where = access.scope === 'namespace' ? ` in namespace ${namespace}` : '';
        const resource = [access.resource, access.subresource].filter(Boolean).join('/');
        return check(`Kubernetes: ${access.verb} ${resource}${where}`, () =>
          tryAccess(accessReviews, access, namespace),
        );
      }),
      ...usable(settings.builderImages).map((builder) =>
        check(`Kubernetes: a Pod of ${builder.name} in namespace ${namespace}`, () =>
          tryPod(pods, builder, settings),
        ),
      ),
    ]),
  });
}

async function tryAccess(
  accessReviews: AccessReviews,
  access: NeededAccess,
  namespace: string,
): Promise<Finding> {
  const reason = await accessReviews.refusal(access, namespace);
  if (reason === null) return `allowed, for ${access.purpose}`;
  return {
    status: 'failed',
    detail: `not allowed (needed for ${access.purpose})${reason === '' ? '' : `: ${reason}`}`,
    remedy: 'Grant it to the worker’s account as deploy/base does.',
  };
}

function usable(images: Readonly<Record<BuilderName, string | null>>): readonly BuilderRef[] {
  return (['kaniko', 'buildah'] as const).flatMap((name) => {
    const image = images[name];
    return image === null ? [] : [{ name, image }];
  });
}

async function tryPod(
  pods: Pick<Pods, 'try'>,
  builder: BuilderRef,
  settings: PodRequest['settings'],
): Promise<Finding> {
  try {
    await pods.try(trialPod(builder, settings));
    return 'would be taken';
  } catch (error) {
    if (!(error instanceof ApplicationFailure && error.type === 'QuotaExceeded')) throw error;
    // Builds wait for room, so this may be well; a quota of nothing is not.
    const { hint } = failurePolicies.QuotaExceeded;
    return { status: 'warning', detail: error.message, remedy: hint };
  }
}
