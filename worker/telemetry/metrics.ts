import type { MetricMeter, MetricTags } from '@temporalio/common';

/** One metric, as it is scraped and as the documentation has it. */
export interface MetricDescription {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Of one value. */
  readonly unit: string;
  readonly labels: readonly string[];
  readonly description: string;
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

const outcome = '`outcome`: `succeeded`, `failed`, `cancelled`';

/** Slipway's own metrics by name; Temporal's are beside them on the same page (`temporal_…`). */
export const metricDescriptions = {
  slipway_phase_duration_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['phase', 'outcome'],
    description: `Duration of a phase; \`phase\`: \`resolve\`, \`fetch\`, \`render\`, \`verify\`, \`package\` as the activity took, \`pod\` from the Pod’s creation to its end; ${outcome}`,
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600],
  },
  slipway_attempts_total: {
    kind: 'counter',
    unit: 'attempts',
    labels: ['outcome', 'failure_type'],
    description:
      'Builder Pods that were followed to their end (not those of cancelled builds), as the Pod ended; `outcome`: `succeeded`, `failed`; `failure_type`: of the failure types, `none` for a success',
  },
  slipway_activity_failures_total: {
    kind: 'counter',
    unit: 'failures',
    labels: ['activity', 'failure_type'],
    description:
      'Tries of an `activity` that failed, also those that were tried again; `failure_type`: of the failure types, `Unknown` for a fault of Slipway’s own',
  },
  slipway_render_verdicts_total: {
    kind: 'counter',
    unit: 'containers',
    labels: ['verdict'],
    description:
      'Containers rendered; `verdict`: `unchanged` (the registry has an image of the same inputs), `build`',
  },
  slipway_build_reasons_total: {
    kind: 'counter',
    unit: 'containers',
    labels: ['reason'],
    description:
      'Why containers had to be built, a container counts once for each `reason`: `commit`, `dockerfile`, `base image` and the others of a verdict',
  },
  slipway_build_warnings_total: {
    kind: 'counter',
    unit: 'warnings',
    labels: ['phase'],
    description:
      'Warnings about container builds that went on; `phase`: `render` (Dockerfiles), `pod` (a layer cache that did not answer)',
  },
  slipway_pods: {
    kind: 'gauge',
    unit: 'Pods',
    labels: ['phase'],
    description:
      'Builder Pods of this installation in the cluster, as this worker’s watch sees them; `phase`: the Pod’s',
  },
  slipway_pods_swept_total: {
    kind: 'counter',
    unit: 'Pods',
    labels: [],
    description: 'Pods that the sweeper deleted, because their build had been closed',
  },
  slipway_requests_total: {
    kind: 'counter',
    unit: 'requests',
    labels: ['service', 'verb', 'resource', 'code'],
    description:
      'Requests of this worker; `service`: `kubernetes`, `store`, `http` (registries and their token servers); `verb`: Kubernetes’ (`get`, `list`, `watch`, …) or the HTTP method; `resource`: Kubernetes’ (`pods`, `pods/log`, …), else `none`; `code`: HTTP status, `none` without an answer',
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;

export type MetricName = keyof typeof metricDescriptions;

/** Adds to a counter, sets a gauge or records in a histogram. */
export interface Metrics {
  record(name: MetricName, value: number, labels?: MetricTags): void;
}

/** Makes all of Slipway's metrics on a meter, Temporal's: one endpoint has both. */
export function createMetrics(meter: MetricMeter): Metrics {
  const recorders = Object.fromEntries(
    Object.entries(metricDescriptions).map(([name, description]) => [
      name,
      recorder(meter, name, description),
    ]),
  ) as Readonly<Record<MetricName, Recorder>>;
  return { record: (name, value, labels = {}) => recorders[name](value, labels) };
}

type Recorder = (value: number, labels: MetricTags) => void;

function recorder(
  meter: MetricMeter,
  name: string,
  { kind, unit, description: text }: MetricDescription,
): Recorder {
  const description = text.replaceAll('`', '');
  switch (kind) {
    case 'counter': {
      const counter = meter.createCounter(name, unit, description);
      return (value, labels) => counter.add(value, labels);
    }
    case 'gauge': {
      const gauge = meter.createGauge(name, 'int', unit, description);
      return (value, labels) => gauge.set(value, labels);
    }
    case 'histogram': {
      const histogram = meter.createHistogram(name, 'float', unit, description);
      return (value, labels) => histogram.record(value, labels);
    }
  }
}
