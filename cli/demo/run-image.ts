import { randomBytes } from 'node:crypto';
import { CoreV1Api, Watch, type KubeConfig, type V1Pod } from '@kubernetes/client-node';

export interface ImageRun {
  readonly namespace: string;
  /** By digest. */
  readonly image: string;
  readonly args: readonly string[];
  readonly pullSecret: string;
}

/** Seconds for the image to be pulled, run and end. */
const runDeadline = 60;

/**
 * Runs an image once as a Pod and returns what it printed; the Pod is deleted in any case.
 *
 * @throws Error when the Pod fails or does not end in time
 */
export async function runImage(config: KubeConfig, run: ImageRun): Promise<string> {
  const core = config.makeApiClient(CoreV1Api);
  const { namespace } = run;
  const name = `slipway-demo-${randomBytes(4).toString('hex')}`;
  await core.createNamespacedPod({ namespace, body: podOf(name, run) });
  try {
    const phase = await endOf(config, namespace, name);
    const output = await core.readNamespacedPodLog({ namespace, name });
    if (phase !== 'Succeeded')
      throw new Error(`Pod ${name} of ${run.image} ended ${phase}: ${output}`);
    return output;
  } finally {
    await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  }
}

function podOf(name: string, { image, args, pullSecret }: ImageRun): V1Pod {
  return {
    metadata: { name, labels: { 'app.kubernetes.io/part-of': 'slipway-demo' } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      activeDeadlineSeconds: runDeadline,
      imagePullSecrets: [{ name: pullSecret }],
      containers: [{ name: 'run', image, args: [...args] }],
    },
  };
}

/** The Pod's last phase, watched from its creation on. */
async function endOf(config: KubeConfig, namespace: string, name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const controller = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    { fieldSelector: `metadata.name=${name}`, timeoutSeconds: runDeadline + 10 },
    (_event: string, pod: V1Pod) => {
      const phase = pod.status?.phase;
      if (phase === 'Succeeded' || phase === 'Failed') resolve(phase);
    },
    (error: unknown) => reject(new Error(`Pod ${name} did not end in time`, { cause: error })),
  );
  try {
    return await promise;
  } finally {
    controller.abort();
  }
}
