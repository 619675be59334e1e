import type { AttemptIdentity } from '../../workflows/contract/activities.ts';
import { buildLabel, labelValue } from './names.ts';

const managedByLabel = 'app.kubernetes.io/managed-by';
const installationLabel = 'slipway/installation';

/** Annotations of a builder Pod. The projected ones reach the builder as files. */
export const annotations = {
  buildId: 'slipway/build-id',
  workflowId: 'slipway/workflow-id',
  firstRunId: 'slipway/first-run-id',
  builder: 'slipway/builder',
  inputDigest: 'slipway/input-digest',
  specHash: 'slipway/spec-hash',
  dockerfile: 'slipway/dockerfile',
  contextProgram: 'slipway/context-program',
  ignoreFile: 'slipway/ignore-file',
  caBundle: 'slipway/ca-bundle',
  registriesConf: 'slipway/registries-conf',
  /** Why the layer cache is left out; absent: it is used, or not wanted. */
  cacheProblem: 'slipway/cache-problem',
} as const;

export function podLabels(
  attempt: AttemptIdentity,
  installation: string,
): Readonly<Record<string, string>> {
  return {
    [managedByLabel]: 'slipway',
    [installationLabel]: labelValue(installation),
    'slipway/application': labelValue(attempt.application),
    'slipway/component': labelValue(attempt.component),
    'slipway/container': labelValue(attempt.container),
    'slipway/build': buildLabel(attempt.buildId),
    'slipway/generation': String(attempt.generation),
  };
}

export function identityAnnotations(attempt: AttemptIdentity): Readonly<Record<string, string>> {
  return {
    [annotations.buildId]: attempt.buildId,
    [annotations.workflowId]: attempt.workflowId,
    [annotations.firstRunId]: attempt.firstRunId,
  };
}

/** Selects the builder Pods of one installation: the worker's informer and the sweeper. */
export function installationSelector(installation: string): string {
  return `${managedByLabel}=slipway,${installationLabel}=${labelValue(installation)}`;
}

/** Whether the Pod was made for this attempt, by what its annotations say. */
export function belongsTo(
  podAnnotations: Readonly<Record<string, string>>,
  attempt: AttemptIdentity,
): boolean {
  return Object.entries(identityAnnotations(attempt)).every(
    ([name, value]) => podAnnotations[name] === value,
  );
}
