import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type {
  Activities,
  PodOutcome,
  PodRef,
  RenderDockerfileOutput,
  SweepPodsOutput,
} from '../../workflows/contract/activities.ts';
import { isFailureType, type FailureType } from '../../workflows/contract/failures.ts';
import type { MetricName } from './metrics.ts';

/** One value for one metric. */
export interface Observation {
  readonly name: MetricName;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** The phase of those activities whose own duration is the phase's; a Pod's is in its outcome. */
const phases: Readonly<Partial<Record<string, string>>> = {
  resolveSources: 'resolve',
  readDefinition: 'resolve',
  fetchSource: 'fetch',
  renderDockerfile: 'render',
  verifyImage: 'verify',
  verifyExistingImage: 'verify',
  assembleComponent: 'package',
  assembleApplication: 'package',
} satisfies Partial<Record<keyof Activities, string>>;

/** What the metrics learn from an activity that came to a result. */
export function observeResult(
  activity: string,
  seconds: number,
  result: unknown,
): readonly Observation[] {
  const common = duration(activity, seconds, 'succeeded');
  switch (activity) {
    case 'renderDockerfile':
      return [...common, ...ofRender(result as RenderDockerfileOutput)];
    case 'createBuildPod':
      return ofWarnings('pod', (result as PodRef).warnings);
    case 'awaitBuildPod':
      return ofPod(result as PodOutcome);
    case 'sweepPods':
      return counted('slipway_pods_swept_total', (result as SweepPodsOutput).deleted.length);
    default:
      return common;
  }
}

/** What they learn from one that failed, was cancelled, or had to let others have a turn. */
export function observeFailure(
  activity: string,
  seconds: number,
  error: unknown,
): readonly Observation[] {
  if (error instanceof CancelledFailure) return duration(activity, seconds, 'cancelled');
  const type = failureTypeOf(error);
  if (type === 'PodStillRunning') return [];
  return [
    ...duration(activity, seconds, 'failed'),
    {
      name: 'slipway_activity_failures_total',
      value: 1,
      labels: { activity, failure_type: type },
    },
  ];
}

function ofRender({ unchanged, why, warnings }: RenderDockerfileOutput): readonly Observation[] {
  const verdict = unchanged === null ? 'build' : 'unchanged';
  const reasons = new Set(why?.changes.map(({ what }) => what));
  return [
    { name: 'slipway_render_verdicts_total', value: 1, labels: { verdict } },
    ...[...reasons].map((reason) => ({
      name: 'slipway_build_reasons_total' as const,
      value: 1,
      labels: { reason },
    })),
    ...ofWarnings('render', warnings),
  ];
}

function ofPod(outcome: PodOutcome): readonly Observation[] {
  const { kind, startedAt, finishedAt } = outcome;
  const seconds = Math.max(0, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000);
  const type = outcome.kind === 'failed' ? outcome.failureType : 'none';
  return [
    {
      name: 'slipway_phase_duration_seconds',
      value: seconds,
      labels: { phase: 'pod', outcome: kind },
    },
    { name: 'slipway_attempts_total', value: 1, labels: { outcome: kind, failure_type: type } },
    ...(outcome.kind === 'succeeded' ? ofWarnings('pod', outcome.warnings) : []),
  ];
}

function ofWarnings(phase: string, warnings: readonly string[] = []): readonly Observation[] {
  return counted('slipway_build_warnings_total', warnings.length, { phase });
}

function counted(
  name: MetricName,
  value: number,
  labels: Readonly<Record<string, string>> = {},
): readonly Observation[] {
  return value === 0 ? [] : [{ name, value, labels }];
}

function duration(activity: string, seconds: number, outcome: string): readonly Observation[] {
  const phase = phases[activity];
  if (phase === undefined) return [];
  return [{ name: 'slipway_phase_duration_seconds', value: seconds, labels: { phase, outcome } }];
}

/** Only names of the closed list become label values: anything else could be any text. */
function failureTypeOf(error: unknown): FailureType {
  const type = error instanceof ApplicationFailure ? error.type : null;
  return isFailureType(type) ? type : 'Unknown';
}
