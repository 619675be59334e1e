import { Runtime, type Logger } from '@temporalio/worker';
import type { WorkerSettings } from '../config.ts';
import {
  createMetrics,
  metricDescriptions,
  type MetricDescription,
  type Metrics,
} from './metrics.ts';

/**
 * Sets up Temporal's runtime, once in a process: the logger, and the endpoint of all metrics where
 * the settings have one (elsewhere they are recorded into nothing).
 */
export function installRuntime(settings: WorkerSettings, logger: Logger): Metrics {
  const address = settings.SLIPWAY_METRICS_ADDRESS;
  const metrics =
    address === undefined
      ? {}
      : {
          metrics: {
            globalTags: { installation: settings.SLIPWAY_INSTALLATION },
            prometheus: {
              bindAddress: `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
              histogramBucketOverrides: buckets(),
            },
          },
        };
  const runtime = Runtime.install({
    logger,
    telemetryOptions: { logging: { forward: {} }, ...metrics },
  });
  return createMetrics(runtime.metricMeter);
}

function buckets(): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries<MetricDescription>(metricDescriptions).flatMap(([name, { buckets: bounds }]) =>
      bounds === undefined ? [] : [[name, [...bounds]] as const],
    ),
  );
}
