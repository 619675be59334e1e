import { mkdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';

import { kubernetesNamespace } from '../cluster/bootstrap.ts';
import type { WorkerCommand } from '../components/worker.ts';
import { describeEnvironment } from '../describe-environment.ts';
import { EnvironmentInUse } from '../environment-in-use.ts';
import type { LocalEnvironment } from '../environment.ts';
import { writeFileAtomically } from '../files.ts';
import { readHostFacts } from '../host/facts.ts';
import { mayActAsRoot } from '../host/requirements.ts';
import { standardPath } from '../host/run.ts';
import { ensureInstanceAt, ensurePorts } from '../instance/ensure.ts';
import { deriveIdentity } from '../instance/identity.ts';
import { type ClusterEntry, isHostEntry, openJournal } from '../instance/journal.ts';
import { lockPath, withLock } from '../instance/lock.ts';
import { type InstancePaths, instancePaths } from '../instance/paths.ts';
import type { PortName } from '../instance/ports.ts';
import type { Instance } from '../instance/record.ts';
import { instanceVariable } from '../process/marked.ts';
import { readRecords } from '../process/records.ts';
import type { Supervision } from '../process/start.ts';
import { stopUnrecorded } from '../process/stop-unrecorded.ts';
import { makeServiceSetting } from '../service-setting.ts';
import {
  allOrFirstFailure,
  servedImages,
  startServices,
  startWithWorker,
} from '../start-services.ts';
import { cachedSupplies, type ServiceSupplies } from '../supplies.ts';
import type { MadeImage, ServiceTools } from '../tools/tools.ts';
import type { UpOptions } from '../up.ts';
import { chooseAddress } from './address.ts';
import { type ClusterApi, openCluster } from './cluster-api.ts';
import { findContext } from './kubeconfig.ts';
import { type Place, ensureNamespace, ensureRegistrySecret, removeObjects } from './objects.ts';
import { probe, probeImage } from './probe.ts';

/** Which cluster to use, and how its Pods reach this machine. */
export interface ClusterChoice {
  readonly context: string;
  /** For builder Pods; `slipway` by default. */
  readonly namespace?: string | undefined;
  /** IPv4 address of this machine for Pods; by default the one toward the API server. */
  readonly address?: string | undefined;
}

export interface UpWithClusterOptions extends Omit<UpOptions, 'supplies'> {
  readonly cluster: ClusterChoice;
  readonly supplies?: ServiceSupplies;
}

/** The only ports that matter here: of services that run on this machine. */
const servicePorts: readonly PortName[] = [
  'registry',
  'store',
  'temporal',
  'temporalUi',
  'temporalHttp',
  'temporalMetrics',
];

/**
 * As `up`, with a cluster of the user's own: Temporal, store, registry and worker are processes on
 * this machine, started without root; builder Pods run in the cluster.
 *
 * @throws ClusterUnusable when the cluster can't be used, above all when its Pods can't reach store
 *   and registry: that is checked before anything is fetched or started
 * @throws EnvironmentInUse where the home's environment runs in another way
 */
export async function upWithCluster(options: UpWithClusterOptions): Promise<LocalEnvironment> {
  const context = await findContext(options.environment, options.cluster.context);
  const api = await openCluster(context);
  const address = await chooseAddress(options.cluster.address, context.server, api);
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  const paths = instancePaths(await realpath(options.home));
  const { name } = deriveIdentity(paths.home);
  const namespace = options.cluster.namespace ?? kubernetesNamespace;
  const entry: ClusterEntry = {
    kind: 'cluster-objects',
    kubeconfig: context.file,
    context: context.name,
    namespace,
  };
  const onWait = (): void => {
    options.reporter.info(
      `Another slipway command is working on the environment in ${paths.home}; waiting for it.`,
    );
  };
  return withLock(await lockPath(name), onWait, async () => {
    await refuseOtherUse(paths, entry);
    await stopUnrecorded(paths.processes, name);
    const recorded = await ensureInstanceAt(paths, address);
    const instance = await ensurePorts(paths, recorded, options.reporter, servicePorts);
    await prepareCluster(options, paths, instance, api, entry);
    return start(options, paths, instance, api, entry);
  });
}

/** One environment has one cluster at a time: `down` removes from one what `up` put into it. */
async function refuseOtherUse(paths: InstancePaths, wanted: ClusterEntry): Promise<void> {
  for (const entry of await openJournal(paths.journal).entries()) {
    if (isHostEntry(entry))
      throw new EnvironmentInUse(paths.home, 'has a Kubernetes of its own on this machine');
    const { context, namespace, kubeconfig } = entry;
    if (
      context !== wanted.context ||
      namespace !== wanted.namespace ||
      kubeconfig !== wanted.kubeconfig
    ) {
      const use = `uses the namespace ${namespace} of the context ${context} in ${kubeconfig}`;
      throw new EnvironmentInUse(paths.home, use);
    }
  }
}

/** Proves that Pods reach this machine; where they don't, nothing is left in the cluster. */
async function prepareCluster(
  options: UpWithClusterOptions,
  paths: InstancePaths,
  instance: Instance,
  api: ClusterApi,
  entry: ClusterEntry,
): Promise<void> {
  const { reporter, environment } = options;
  const place: Place = { namespace: entry.namespace, owner: instance.name };
  const journal = openJournal(paths.journal);
  await journal.add(entry);
  const { gateway: host } = instance.subnet;
  const { store, registry } = instance.ports;
  try {
    await reporter.step(`Checking that Pods of ${entry.context} reach ${host}`, async (note) => {
      await ensureNamespace(api, place);
      await probe({
        api,
        place,
        image: environment['SLIPWAY_PROBE_IMAGE'] || probeImage,
        targets: [
          { name: 'store', host, port: store },
          { name: 'registry', host, port: registry },
        ],
        note,
      });
    });
  } catch (error) {
    // A running environment keeps its Secret: builds go on while a person mends the network.
    if ((await readRecords(paths.processes)).length === 0) {
      await removeObjects(api, place).then(
        () => journal.remove(entry),
        // The journal still has it, for `down`; the first failure is the one to tell.
        () => undefined,
      );
    }
    throw error;
  }
}

async function start(
  options: UpWithClusterOptions,
  paths: InstancePaths,
  instance: Instance,
  api: ClusterApi,
  entry: ClusterEntry,
): Promise<LocalEnvironment> {
  const { reporter, supplies = cachedSupplies } = options;
  const { tools, imageTools } = await supplies.acquireServiceTools(options);
  let images: readonly MadeImage[] = [];
  if (typeof imageTools === 'string') {
    reporter.warn(
      `debian:12 and busybox are not served here (${imageTools}); builders get them from docker.io.`,
    );
  } else {
    images = await supplies.makeBaseImages({
      ...options,
      tools: imageTools,
      mayActAsRoot: mayActAsRoot(await readHostFacts()),
    });
  }
  const setting = await makeServiceSetting(instance, paths, tools, [instance.subnet.gateway]);
  await ensureRegistrySecret(api, { namespace: entry.namespace, owner: instance.name }, setting);
  const fileRoots = options.fileRoots ?? [paths.sources, homedir()];
  const environment = inCluster(
    describeEnvironment(setting, images, fileRoots, options.environment),
    entry,
  );
  const serving = servedImages({ supplies, tools, images, environment, reporter });
  await startWithWorker({
    supervision: supervise(paths, instance, tools),
    environment,
    reporter,
    worker: options.worker && withLogin(options.worker, options.environment),
    start: (ensure) => allOrFirstFailure(startServices({ setting, ...serving }, ensure)),
  });
  await writeFileAtomically(paths.environment, `${JSON.stringify(environment, null, 2)}\n`);
  return environment;
}

function inCluster(
  described: LocalEnvironment,
  { kubeconfig, context, namespace }: ClusterEntry,
): LocalEnvironment {
  return {
    ...described,
    kubernetes: { kubeconfig, context, namespace },
    settings: {
      ...described.settings,
      SLIPWAY_KUBECONFIG: kubeconfig,
      SLIPWAY_KUBE_CONTEXT: context,
      SLIPWAY_NAMESPACES: namespace,
    },
  };
}

/** A kubeconfig may run a program to log in, which is on PATH and keeps its state in HOME. */
function withLogin(worker: WorkerCommand, person: UpOptions['environment']): WorkerCommand {
  const { HOME = homedir(), PATH = standardPath } = person;
  return { ...worker, environment: { HOME, PATH, ...worker.environment } };
}

function supervise(paths: InstancePaths, instance: Instance, tools: ServiceTools): Supervision {
  return {
    logs: paths.logs,
    records: paths.processes,
    workingDirectory: paths.home,
    environment: {
      PATH: standardPath,
      HOME: paths.data,
      LC_ALL: 'C.UTF-8',
      ...tools.environment,
      [instanceVariable]: instance.name,
    },
    enterNode: [],
    adopt: () => Promise.resolve(),
  };
}
