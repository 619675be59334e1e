import type { ClusterEntry } from '../instance/journal.ts';
import { openCluster } from './cluster-api.ts';
import { ClusterUnusable } from './cluster-unusable.ts';
import { findContext } from './kubeconfig.ts';
import { removeObjects } from './objects.ts';

/**
 * Removes what an environment has in a cluster, see `removeObjects`.
 *
 * @throws ClusterUnusable saying what is left and how to remove it by hand
 */
export async function removeFromCluster(entry: ClusterEntry, owner: string): Promise<void> {
  const { kubeconfig, context, namespace } = entry;
  try {
    const found = await findContext({ KUBECONFIG: kubeconfig }, context);
    await removeObjects(await openCluster(found), { namespace, owner });
  } catch (cause) {
    throw new ClusterUnusable(
      `What the local environment made in the cluster of the context ${context} could not be removed: the Secret registry in the namespace ${namespace}. ` +
        'Everything on this machine has been stopped. Run `slipway dev down` again when the cluster can be used, or remove it by hand: ' +
        `kubectl --kubeconfig ${kubeconfig} --context ${context} -n ${namespace} delete secret registry.`,
      { cause },
    );
  }
}
