import type { DiagnoseOutput } from '../../workflows/contract/activities.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { check } from './checks.ts';
import { neededAccess, type NeededAccess } from './needed-access.ts';

/** What the Kubernetes API says of the worker's own rights. */
export interface AccessReviews {
  /** null when it is allowed; else the API's reason. Throws `ClusterUnavailable`. */
  refusal(access: NeededAccess, namespace: string): Promise<string | null>;
}

export interface DiagnosePodsDependencies {
  readonly accessReviews: AccessReviews;
  readonly settings: Pick<InstallationSettings, 'namespace'>;
}

/**
 * Makes the activity that tries what a worker with Pods needs: each right at the Kubernetes API.
 * It throws nothing: what fails is a failed check.
 */
export function createDiagnosePods({
  accessReviews,
  settings: { namespace },
}: DiagnosePodsDependencies): () => Promise<DiagnoseOutput> {
  return async () => ({
    checks: await Promise.all(
      neededAccess.map((access) => {
        const where = access.scope === 'namespace' ? ` in namespace ${namespace}` : '';
        const resource = [access.resource, access.subresource].filter(Boolean).join('/');
        return check(`Kubernetes: ${access.verb} ${resource}${where}`, async () => {
          const reason = await accessReviews.refusal(access, namespace);
          if (reason === null) return `allowed, for ${access.purpose}`;
          return {
            status: 'failed',
            detail: `not allowed (needed for ${access.purpose})${reason === '' ? '' : `: ${reason}`}`,
            remedy: 'Grant it to the worker’s account as deploy/base does.',
          };
        });
      }),
    ),
  });
}
