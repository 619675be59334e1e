import { AuthorizationV1Api } from '@kubernetes/client-node';
import { Client } from '@temporalio/client';
import type { Logger } from '@temporalio/worker';
import { systemClock } from '../activities/build-pod/clock.ts';
import { createKubernetesPods } from '../activities/build-pod/kubernetes-pods.ts';
import type { PodNews } from '../activities/build-pod/kubernetes.ts';
import { startPodInformer } from '../activities/build-pod/pod-informer.ts';
import { createSlots } from '../activities/build-pod/slots.ts';
import { createActivities } from '../activities/index.ts';
import { createKubernetesAccessReviews } from '../activities/diagnose/kubernetes-access-reviews.ts';
import { createGitSourceTrees } from '../activities/source/git-source-trees.ts';
import { createTemporalExecutions } from '../activities/support/temporal-executions.ts';
import type { Activities } from '../workflows/contract/activities.ts';
import type { WorkerSettings } from './config.ts';
import type { HealthParts } from './health/parts.ts';
import type { Services } from './services.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { reportPods } from './telemetry/pods.ts';
import { countRequests } from './telemetry/requests.ts';
import type { Temporal } from './temporal.ts';

/** Log streams of Pods that a worker follows at once; the others are read when the Pod has ended. */
const followedLogs = 100;

/** For a process that awaits no Pods: it opens no watch. */
const noNews: PodNews = { subscribe: () => () => undefined };

/**
 * Makes the activities over the process's services, with a watch of the builder Pods where it has
 * the role for it.
 *
 * @param options.opened gets what has to be closed at the end
 */
export async function openActivities(options: {
  readonly settings: WorkerSettings;
  readonly temporal: Temporal;
  readonly services: Services;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly parts: HealthParts;
  readonly opened: AsyncDisposableStack;
}): Promise<Activities> {
  const { settings, temporal, services, metrics, logger, opened } = options;
  const { kubeConfig, installation } = services;
  opened.defer(() => services.close());
  const origins = {
    kubernetes: new URL(kubeConfig.getCurrentCluster()?.server ?? 'https://none').origin,
    store: new URL(settings.SLIPWAY_STORE_ENDPOINT).origin,
  };
  opened.defer(countRequests(origins, metrics));
  if (settings.SLIPWAY_BUILDER === 'auto' && installation.builderImages.kaniko === null) {
    logger.warn('the Kaniko image cannot be had: Buildah is the default builder', {
      image: settings.SLIPWAY_KANIKO_IMAGE,
    });
  }
  return createActivities({
    ...services,
    settings: installation,
    trees: await createGitSourceTrees({ settings: installation, secrets: services.secrets }),
    executions: createTemporalExecutions(new Client(temporal)),
    pods: createKubernetesPods(kubeConfig),
    accessReviews: createKubernetesAccessReviews(kubeConfig.makeApiClient(AuthorizationV1Api)),
    news: settings.SLIPWAY_ROLES.includes('pods') ? openNews(options) : noNews,
    clock: systemClock,
    waits: createSlots(settings.SLIPWAY_MAX_POD_WAITS),
    logStreams: createSlots(followedLogs),
    lease: settings.SLIPWAY_POD_LEASE ?? null,
  });
}

function openNews({
  services,
  metrics,
  logger,
  parts,
  opened,
}: Parameters<typeof openActivities>[0]): PodNews {
  const { kubeConfig, installation } = services;
  const informer = startPodInformer({
    config: kubeConfig,
    namespace: installation.namespace,
    installation: installation.installation,
    clock: systemClock,
    onError: (error) =>
      logger.warn('watch of builder Pods broke off; starting it again', { error }),
  });
  opened.defer(() => informer.stop());
  opened.defer(reportPods(informer, metrics));
  parts.pods = informer;
  return informer;
}
