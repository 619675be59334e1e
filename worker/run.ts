import { Client } from '@temporalio/client';
import { Worker, type Logger, type LogLevel } from '@temporalio/worker';
import { systemClock } from '../activities/build-pod/clock.ts';
import type { InstallationSettings } from '../activities/support/settings.ts';
import { failureBackOff } from './back-off.ts';
import { workflowCode } from './bundle.ts';
import { parseSettings, type WorkerSettings } from './config.ts';
import { healthSources, type HealthParts } from './health/parts.ts';
import { startHealthServer } from './health/server.ts';
import { jsonLogger } from './logger.ts';
import { openActivities } from './open-activities.ts';
import { workerOptions } from './options.ts';
import { connectServices } from './services.ts';
import { keepAgain, keepSweepSchedule } from './sweep-schedule.ts';
import { activityTelemetry } from './telemetry/activity-interceptor.ts';
import { installRuntime } from './telemetry/runtime.ts';
import { connectTemporal, type Temporal } from './temporal.ts';

/** Milliseconds for Temporal to answer a later look at the sweep's schedule: a worker's end waits. */
const sweepTimeout = 10_000;

/**
 * Runs a worker until the process is told to end (SIGTERM, SIGINT): it takes no more work then and
 * lets other workers go on with what it has. Builder Pods are not touched by its end.
 *
 * @param environment `TEMPORAL_…` as Temporal's environment configuration has it, and `SLIPWAY_…`
 * @throws SettingsError
 */
export async function runWorker(environment: NodeJS.ProcessEnv): Promise<void> {
  const settings = parseSettings(environment);
  const logger = jsonLogger(settings.SLIPWAY_LOG_LEVEL.toUpperCase() as LogLevel);
  const metrics = installRuntime(settings, logger);
  // Last opened is first closed: probes are answered until nothing is left of the process.
  await using opened = new AsyncDisposableStack();
  const parts: HealthParts = { workers: [], temporal: null, pods: null };
  if (settings.SLIPWAY_HEALTH_ADDRESS !== undefined) {
    const server = await startHealthServer(settings.SLIPWAY_HEALTH_ADDRESS, healthSources(parts));
    opened.defer(() => server.close());
  }
  const hasActivities = settings.SLIPWAY_ROLES.some((role) => role !== 'workflow');
  const [temporal, services, bundle] = await Promise.all([
    connectTemporal(environment),
    hasActivities ? connectServices(settings) : null,
    settings.SLIPWAY_ROLES.includes('workflow') ? workflowCode(settings, logger) : null,
  ]);
  parts.temporal = temporal;
  opened.defer(() =>
    // The connection cannot be closed under a worker that never ran; then the process ends anyway.
    temporal.connection.close().catch((error: unknown) => {
      logger.warn('connection stays', { error });
    }),
  );
  const activities =
    services === null
      ? null
      : await openActivities({ settings, temporal, services, metrics, logger, parts, opened });
  const interceptors = {
    activity: [
      failureBackOff(settings.SLIPWAY_LONGEST_BACK_OFF),
      activityTelemetry(metrics, () => performance.now()),
    ],
  };
  for (const options of workerOptions(settings, {
    ...temporal,
    bundle,
    activities,
    interceptors,
  })) {
    parts.workers.push(await Worker.create(options));
  }
  opened.defer(await keepSweep(settings, temporal, logger));
  logger.info('worker ready', readiness(settings, services?.installation ?? null));
  await runTogether(parts.workers);
}

/** Sees to the schedule of the sweep, now and again later; the answer ends that. */
async function keepSweep(
  settings: WorkerSettings,
  temporal: Temporal,
  logger: Logger,
): Promise<() => Promise<void>> {
  const client = new Client(temporal);
  const keep = (): Promise<void> =>
    keepSweepSchedule(client, {
      installation: settings.SLIPWAY_INSTALLATION,
      taskQueue: settings.SLIPWAY_TASK_QUEUE,
      interval: settings.SLIPWAY_SWEEP_INTERVAL,
    });
  await keep();
  const { stop } = keepAgain({
    keep: () => temporal.connection.withDeadline(Date.now() + sweepTimeout, keep),
    clock: systemClock,
    random: Math.random,
    onError: (error) =>
      logger.warn('the schedule of the sweep could not be looked at; it is tried again', { error }),
  });
  return stop;
}

/** Runs until all are told to end, or one fails: then the others end as well. */
async function runTogether(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map((worker) =>
    worker.run().catch((error: unknown) => {
      for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
      throw error;
    }),
  );
  await Promise.allSettled(runs);
  await Promise.all(runs);
}

function readiness(settings: WorkerSettings, installation: InstallationSettings | null) {
  return {
    installation: settings.SLIPWAY_INSTALLATION,
    taskQueue: settings.SLIPWAY_TASK_QUEUE,
    roles: settings.SLIPWAY_ROLES,
    ...(installation === null
      ? {}
      : {
          defaultBuilder: installation.defaultBuilder,
          builderImages: installation.builderImages,
        }),
  };
}
