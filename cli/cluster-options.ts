import { isIPv4 } from 'node:net';
import { type Command, InvalidArgumentError } from 'commander';
import type { ClusterChoice } from '../dev/kube-context/up.ts';
import { UsageError } from './exit.ts';

/** What commander makes of the options below. */
export interface ClusterOptions {
  readonly kubeContext?: string;
  readonly kubeNamespace?: string;
  readonly address?: string;
}

/** Adds the options of a command that may start the environment with a cluster of the user's own. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--kube-context <name>', 'use this cluster of your kubeconfig instead of a local one')
    .option('--kube-namespace <name>', 'with --kube-context: namespace for Pods (default: slipway)')
    .option(
      '--address <ip>',
      'with --kube-context: address of this machine for Pods (default: the one toward the API server)',
      ipv4,
    )
    .addHelpText('after', explanation);
}

/** @throws UsageError for options that mean nothing without `--kube-context` */
export function clusterChoice(options: ClusterOptions): ClusterChoice | undefined {
  const { kubeContext: context, kubeNamespace: namespace, address } = options;
  if (context !== undefined) return { context, namespace, address };
  if (namespace !== undefined || address !== undefined)
    throw new UsageError('--kube-namespace and --address need --kube-context NAME');
  return undefined;
}

function ipv4(value: string): string {
  if (isIPv4(value)) return value;
  throw new InvalidArgumentError('It is not an IPv4 address.');
}

const explanation = `
With --kube-context no root is needed. Temporal, object store, registry and worker run on this
machine; store and registry listen at an address that the cluster's Pods must reach, which a probe
Pod checks first (its image: SLIPWAY_PROBE_IMAGE, by default busybox:1.36).
The cluster's nodes pull the builder's image themselves: Kaniko's by default, or
SLIPWAY_KANIKO_IMAGE, or SLIPWAY_BUILDAH_IMAGE with SLIPWAY_BUILDER=buildah; and one with Node.js,
SLIPWAY_CONTEXT_IMAGE. The local debian:12 and busybox are served to builders only. To run a built image in the cluster, its nodes must trust
the environment's CA (ca.pem in SLIPWAY_HOME).
Debian's packages provide docker-registry and skopeo; elsewhere have both on PATH, or name them
with SLIPWAY_REGISTRY_BINARY and SLIPWAY_SKOPEO_BINARY.`;
