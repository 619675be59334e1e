import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';

import { ownerKey } from './objects.ts';

/** A service on this machine that Pods have to reach. */
export interface ProbeTarget {
  readonly name: 'store' | 'registry';
  readonly host: string;
  readonly port: number;
}

/** Seconds that a connection from a Pod may take. */
const connectTimeout = 5;

/** A Pod with one container for each target, which ends with 0 when it could connect. */
export function probePod(options: {
  readonly name: string;
  readonly owner: string;
  readonly image: string;
  readonly targets: readonly ProbeTarget[];
}): V1Pod {
  const { name, owner, image, targets } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { [ownerKey]: owner } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // Should this process be killed before it deletes the Pod.
      activeDeadlineSeconds: 120,
      terminationGracePeriodSeconds: 0,
      // What a namespace with the strictest Pod security standard asks for.
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_534,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: targets.map((target) => ({
        name: target.name,
        image,
        command: ['nc', '-w', String(connectTimeout), target.host, String(target.port)],
        resources: {
          requests: { cpu: '10m', memory: '8Mi' },
          limits: { cpu: '100m', memory: '32Mi' },
        },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      })),
    },
  };
}

/** What a probe Pod shows. */
export type ProbeState =
  /** Not at its end yet; `note` is what it waits for. */
  | { readonly kind: 'pending'; readonly note: string }
  | { readonly kind: 'reached' }
  | {
      readonly kind: 'unreachable';
      readonly targets: readonly string[];
      /** Where it was tried from: the Pod's address and its node. */
      readonly from: string;
    }
  | { readonly kind: 'image'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  message: z.string().optional(),
});
const ContainerState = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  terminated: z.object({ exitCode: z.int(), reason: z.string().optional() }).optional(),
});
const Pod = z.object({
  spec: z.object({ nodeName: z.string().optional() }).optional(),
  status: z.object({
    phase: z.string().optional(),
    reason: z.string().optional(),
    message: z.string().optional(),
    podIP: z.string().optional(),
    conditions: z.array(Condition).optional(),
    containerStatuses: z.array(z.object({ name: z.string(), state: ContainerState })).optional(),
  }),
});

/** Reasons after which the kubelet has no hope, or has failed once and waits. */
const pullFailures = ['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'];

/** @param pod a v1 Pod as the API server gives it */
export function judgeProbe(pod: unknown): ProbeState {
  const { spec, status } = Pod.parse(pod);
  const containers = status.containerStatuses ?? [];
  for (const { state } of containers) {
    const { reason, message } = state.waiting ?? {};
    if (reason !== undefined && pullFailures.includes(reason))
      return { kind: 'image', reason: message ?? reason };
  }
  if (status.phase === 'Succeeded') return { kind: 'reached' };
  if (status.phase === 'Failed') {
    const refused = containers.filter(({ state }) => (state.terminated?.exitCode ?? 0) !== 0);
    // Without a reason of the Pod's own (Evicted, DeadlineExceeded) its containers say it.
    if (status.reason !== undefined || refused.length === 0) {
      const reason = [status.reason, status.message].filter((text) => text !== undefined);
      return { kind: 'failed', reason: reason.join(': ') || 'it failed without a reason' };
    }
    const broken = refused.find(({ state }) => state.terminated?.reason === 'StartError');
    if (broken !== undefined) return { kind: 'failed', reason: 'its image has no `nc`' };
    return {
      kind: 'unreachable',
      targets: refused.map(({ name }) => name),
      from: `Pod address ${status.podIP ?? 'unknown'} on node ${spec?.nodeName ?? 'unknown'}`,
    };
  }
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  const waiting = containers.find(({ state }) => state.waiting !== undefined)?.state.waiting;
  const note =
    scheduled?.status === 'False'
      ? `no node takes it: ${scheduled.message ?? 'no reason given'}`
      : (waiting?.message ?? waiting?.reason ?? 'it has not ended');
  return { kind: 'pending', note };
}
