/** The cluster of a kubeconfig's context can't be used; the message says why and what to do. The CLI exits with 3. */
export class ClusterUnusable extends Error {
  override readonly name = 'ClusterUnusable';
}
