import type { V1Pod } from '@kubernetes/client-node';
import { failure } from '../../workflows/contract/failures.ts';
import { canonical } from '../support/canonical.ts';
import { sha256 } from '../support/digest.ts';
import { builderOf } from './builders/builder.ts';
import { contextAnnotations, contextStep, contextVolumes } from './context-step/context-step.ts';
import { podName } from './names.ts';
import { annotations, identityAnnotations, podLabels } from './pod-metadata.ts';
import type { PodRequest } from './pod-request.ts';

/** Kubernetes' limit for all annotations of an object, keys and values together. */
const annotationLimit = 256 * 1024;

/**
 * The builder Pod for one attempt, as the API server is to get it.
 *
 * Throws `InvalidDefinition` for the id of a build-time secret that is no word, and
 * `PodRejected` when the Dockerfile is too large to travel with the Pod.
 */
export function buildPod(request: PodRequest): V1Pod {
  const { attempt, container, settings } = request;
  const parts = builderOf(request.builder.name).parts(request);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(attempt),
      namespace: settings.namespace,
      labels: { ...podLabels(attempt, settings.installation) },
      annotations: checkedSize({
        ...identityAnnotations(attempt),
        [annotations.builder]: request.builder.name,
        [annotations.inputDigest]: request.inputDigest,
        [annotations.dockerfile]: request.dockerfile,
        ...(request.cacheProblem === null
          ? {}
          : { [annotations.cacheProblem]: request.cacheProblem }),
        ...contextAnnotations(request),
        ...parts.annotations,
        [annotations.specHash]: specHash(request),
      }),
    },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: container.timeouts.build,
      // Builders have nothing to end in order; a deadline takes effect at once.
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // The node's resolver: a build talks to registries and package servers, not to Services.
      dnsPolicy: 'Default',
      nodeSelector: { ...container.nodeSelector },
      tolerations: container.tolerations.map((toleration) => ({ ...toleration })),
      initContainers: [contextStep(request), ...parts.initContainers],
      containers: [parts.container],
      volumes: [...contextVolumes(request), ...parts.volumes],
    },
  };
}

/**
 * Equal for Pods that build the same thing in the same way. Taken without the context's URL, whose
 * signature changes with every call, without the layer cache's state, which may come and go, and
 * without the installation's settings: a worker that is started with others, or as another version,
 * finds the Pod of the one before it.
 */
export function specHash(request: PodRequest): string {
  const { attempt, container, builder, inputDigest, context, dockerfile } = request;
  const spec = { attempt, container, builder, inputDigest, context, dockerfile };
  return sha256(JSON.stringify(canonical(spec)));
}

function checkedSize(values: Readonly<Record<string, string>>): Record<string, string> {
  let size = 0;
  for (const [key, value] of Object.entries(values)) size += key.length + Buffer.byteLength(value);
  if (size > annotationLimit) {
    throw failure(
      'PodRejected',
      `the Dockerfile and the CA bundle travel in the Pod's annotations, which hold ${annotationLimit} bytes together; these take ${size}: shorten the Dockerfile`,
    );
  }
  return { ...values };
}
