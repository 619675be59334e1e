import type { V1Pod } from '@kubernetes/client-node';
import { parseDefinition } from '../../definition/parse.ts';
import type { BuilderRef } from '../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../workflows/contract/application.ts';
import type { PodRequest } from '../build-pod/pod-request.ts';
import { buildPod } from '../build-pod/spec.ts';

/** The Pod of a container that asks for nothing of its own, for the cluster to say whether it takes it. */
export function trialPod(builder: BuilderRef, settings: PodRequest['settings']): V1Pod {
  const digest = `sha256:${'0'.repeat(64)}`;
  const name = `doctor-${builder.name}`;
  return buildPod({
    attempt: {
      buildId: 'slipway/doctor',
      application: 'slipway',
      component: 'slipway',
      container: name,
      workflowId: `slipway/doctor/slipway/${name}`,
      firstRunId: '',
      generation: 0,
    },
    container: plainContainer(name),
    builder,
    inputDigest: digest,
    context: { object: '', digest, size: 0 },
    contextUrl: 'https://store.invalid/',
    dockerfile: 'FROM scratch\n',
    cacheProblem: null,
    settings,
  });
}

/** As the definition's defaults have it. */
function plainContainer(name: string): BuiltContainer {
  const parsed = parseDefinition(
    JSON.stringify({
      apiVersion: 'slipway/v1',
      kind: 'Application',
      metadata: { name: 'slipway' },
      spec: { components: [{ name: 'slipway', containers: [{ name }] }] },
    }),
    {
      file: 'the trial of slipway doctor',
      registry: 'registry.invalid',
      source: { git: 'https://git.invalid/', ref: 'main' },
    },
  );
  const container = parsed.ok ? parsed.application.components[0]?.containers[0] : undefined;
  if (container?.kind !== 'build') throw new TypeError('the plain definition builds nothing');
  return container;
}
