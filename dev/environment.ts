import { z } from 'zod';

/**
 * `environment.json` in an instance's directory: the one file that tells every command where the
 * parts of the local environment are. Written by `slipway dev up` when everything is ready.
 */
export const LocalEnvironment = z.object({
  /** Derived from SLIPWAY_HOME; names the bridge, the cgroup root and the network namespace. */
  instance: z.string(),
  home: z.string(),
  temporal: z.object({ address: z.string(), namespace: z.string(), ui: z.url() }),
  kubernetes: z.object({
    kubeconfig: z.string(),
    namespace: z.string(),
    /** The kubeconfig's context, where the cluster is the user's own; else its current one is meant. */
    context: z.string().optional(),
  }),
  /** host:port, reachable under this name from this machine and from Pods; TLS under `caBundle`. */
  registry: z.object({
    host: z.string(),
    /** The Secret in `kubernetes.namespace` with which Pods push and pull. */
    secretName: z.string(),
    /** The same login for this machine's clients: a file like ~/.docker/config.json. */
    authFile: z.string(),
  }),
  store: z.object({ endpoint: z.url(), bucket: z.string() }),
  /** PEM file with the environment's own CA (not the system's roots). */
  caBundle: z.string(),
  /** `SLIPWAY_…` and `TEMPORAL_…` settings for a worker or client of this environment. */
  settings: z.record(z.string(), z.string()),
});
export type LocalEnvironment = Readonly<z.infer<typeof LocalEnvironment>>;
