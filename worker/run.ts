import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker, type LogLevel } from '@temporalio/worker';
import { systemClock } from '../activities/build-pod/clock.ts';
import { createKubernetesPods } from '../activities/build-pod/kubernetes-pods.ts';
import { startPodInformer } from '../activities/build-pod/pod-informer.ts';
import { createSlots } from '../activities/build-pod/slots.ts';
import { createActivities } from '../activities/index.ts';
import { createGitSourceTrees } from '../activities/source/git-source-trees.ts';
import { bundleWorkflows } from './bundle.ts';
import { parseSettings, type WorkerSettings } from './config.ts';
import { jsonLogger } from './logger.ts';
import { workerOptions } from './options.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { connectServices } from './services.ts';

/** Log streams of Pods that a worker follows at once; the others are read when the Pod has ended. */
const followedLogs = 100;

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
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {} } } });
  const [{ connection, namespace }, services, bundle] = await Promise.all([
    connectTemporal(environment),
    connectServices(settings),
    bundleWorkflows(logger),
  ]);
  const { kubeConfig, installation } = services;
  const news = startPodInformer({
    config: kubeConfig,
    namespace: installation.namespace,
    installation: installation.installation,
    clock: systemClock,
    onError: (error) =>
      logger.warn('watch of builder Pods broke off; starting it again', { error }),
  });
  const workers: Worker[] = [];
  try {
    const activities = createActivities({
      ...services,
      settings: installation,
      trees: await createGitSourceTrees({ settings: installation }),
      pods: createKubernetesPods(kubeConfig),
      news,
      clock: systemClock,
      logStreams: createSlots(followedLogs),
      lease: null,
    });
    for (const options of workerOptions(settings, { connection, namespace, bundle, activities })) {
      workers.push(await Worker.create(options));
    }
    if (settings.SLIPWAY_BUILDER === 'auto' && installation.builderImages.kaniko === null) {
      logger.warn('the Kaniko image cannot be had: Buildah is the default builder', {
        image: settings.SLIPWAY_KANIKO_IMAGE,
      });
    }
    logger.info('worker ready', readiness(settings, installation));
    await runTogether(workers);
  } finally {
    await news.stop();
    await services.close();
    // The connection cannot be closed under a worker that never ran; then the process ends anyway.
    await connection.close().catch((error: unknown) => logger.warn('connection stays', { error }));
  }
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

async function connectTemporal(environment: NodeJS.ProcessEnv) {
  const variables = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(variables),
  });
  const connection = await NativeConnection.connect(connectionOptions);
  await registerSearchAttributes(connection, namespace);
  return { connection, namespace };
}

function readiness(
  settings: WorkerSettings,
  installation: { readonly defaultBuilder: string; readonly builderImages: object },
) {
  return {
    installation: settings.SLIPWAY_INSTALLATION,
    taskQueue: settings.SLIPWAY_TASK_QUEUE,
    defaultBuilder: installation.defaultBuilder,
    builderImages: installation.builderImages,
  };
}
