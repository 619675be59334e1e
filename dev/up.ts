import { mkdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';

import type { Setting } from './components/setting.ts';
import { addressOf } from './components/setting.ts';
import type { WorkerCommand } from './components/worker.ts';
import { describeEnvironment } from './describe-environment.ts';
import { EnvironmentInUse } from './environment-in-use.ts';
import { readNpmSettings } from './cluster/npm-settings.ts';
import type { LocalEnvironment } from './environment.ts';
import { writeFileAtomically } from './files.ts';
import { joinServices } from './host/cgroup-tree.ts';
import { readHostFacts } from './host/facts.ts';
import { makeHostParts } from './host/host-parts.ts';
import { hasMountNamespace, insideCommand } from './host/mount-namespace.ts';
import { outsideMtu } from './host/network.ts';
import { examineHost, type Host } from './host/requirements.ts';
import { readResolver } from './host/resolver.ts';
import { standardPath } from './host/run.ts';
import { ensureInstance, ensurePorts } from './instance/ensure.ts';
import { deriveIdentity } from './instance/identity.ts';
import { isHostEntry, openJournal } from './instance/journal.ts';
import { lockPath, withLock } from './instance/lock.ts';
import { type InstancePaths, instancePaths } from './instance/paths.ts';
import type { Instance } from './instance/record.ts';
import { writeTools } from './instance/used-tools.ts';
import { killCgroup } from './process/kill-cgroup.ts';
import { instanceVariable } from './process/marked.ts';
import { readRecords, removeRecord } from './process/records.ts';
import type { Supervision } from './process/start.ts';
import { stopProcess } from './process/stop.ts';
import { stopUnrecorded } from './process/stop-unrecorded.ts';
import type { Reporter } from './reporter.ts';
import { makeServiceSetting } from './service-setting.ts';
import { startComponents } from './start-components.ts';
import { servedImages, startWithWorker } from './start-services.ts';
import { cachedSupplies, type Supplies } from './supplies.ts';
import type { MadeImage, Tools } from './tools/tools.ts';

export interface UpOptions {
  /** SLIPWAY_HOME: the instance is the one of this directory. */
  readonly home: string;
  /** Programs and images are kept here, for all instances. */
  readonly cacheDirectory: string;
  /** The person's environment: PATH, `SLIPWAY_…_BINARY`, proxies. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  readonly supplies?: Supplies;
  /** Started last, and again whenever its fingerprint changes; without it no worker is started. */
  readonly worker?: WorkerCommand;
  /** Directories below which `file` sources may be; by default the instance's own and the user's home. */
  readonly fileRoots?: readonly string[];
}

/**
 * Makes the local environment of a home run: starts what doesn't, repairs what has died, leaves
 * alone what works. Another `up` or `down` on the same home is waited for.
 *
 * @throws EnvironmentUnavailable where it can't run
 * @throws EnvironmentInUse where it runs with a cluster of the user's own
 * @throws Error with the end of the log of a component that doesn't start
 */
export async function up(options: UpOptions): Promise<LocalEnvironment> {
  const host = examineHost(await readHostFacts());
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  const paths = instancePaths(await realpath(options.home));
  const { name } = deriveIdentity(paths.home);
  const onWait = (): void => {
    options.reporter.info(
      `Another slipway command is working on the environment in ${paths.home}; waiting for it.`,
    );
  };
  return withLock(await lockPath(name), onWait, () => upAlone(options, host, paths));
}

async function upAlone(
  options: UpOptions,
  host: Host,
  paths: InstancePaths,
): Promise<LocalEnvironment> {
  const { reporter, supplies = cachedSupplies } = options;
  const journal = openJournal(paths.journal);
  const elsewhere = (await journal.entries()).find((entry) => !isHostEntry(entry));
  if (elsewhere !== undefined) {
    const use = `uses the cluster of the context ${elsewhere.context}`;
    throw new EnvironmentInUse(paths.home, use);
  }
  const tools = await supplies.acquireTools(options);
  const images = await supplies.makeImages({ ...options, tools });
  // `down` removes the firewall's rules with the very program that made them.
  await writeTools(paths, tools);

  const known = await ensureInstance(paths, reporter);
  await stopUnrecorded(paths.processes, known.name);
  if (!(await hasMountNamespace(paths))) await stopNode(paths, known, host);
  await makeHostParts(
    { instance: known, paths, host, tools, exposed: exposedPaths(paths, tools) },
    journal,
  );
  const instance = await ensurePorts(paths, known, reporter);
  const setting = await makeSetting(instance, paths, host, tools, images);
  const supervision = supervise(setting);
  const fileRoots = options.fileRoots ?? [paths.sources, homedir()];
  const environment = describeEnvironment(setting, images, fileRoots, options.environment);

  const serving = servedImages({ supplies, tools, images, environment, reporter });
  const npm = readNpmSettings(options.environment);
  await startWithWorker({
    supervision,
    environment,
    reporter,
    worker: options.worker,
    start: (ensure) => startComponents({ setting, npm, ...serving }, ensure),
  });
  await writeFileAtomically(paths.environment, `${JSON.stringify(environment, null, 2)}\n`);
  return environment;
}

/** Ends what runs in a mount namespace that is damaged and will be replaced: Pods, above all. */
async function stopNode(paths: InstancePaths, instance: Instance, host: Host): Promise<void> {
  const records = await readRecords(paths.processes);
  const node = records.filter(
    (record) => record.name === 'kubelet' || record.name === 'containerd',
  );
  for (const { name, identity, grace } of node) {
    await stopProcess(identity, grace);
    await removeRecord(paths.processes, name);
  }
  const others = records.filter((record) => !node.includes(record));
  await killCgroup(
    host.hierarchies,
    instance.cgroup,
    new Set(others.map((record) => record.identity.pid)),
  );
}

async function makeSetting(
  instance: Instance,
  paths: InstancePaths,
  host: Host,
  tools: Tools,
  images: readonly MadeImage[],
): Promise<Setting> {
  const { gateway, loopback } = instance.subnet;
  const services = await makeServiceSetting(instance, paths, tools, [gateway, loopback]);
  const registry = addressOf(instance, 'registry');
  const pause = images.find((image) => image.name.includes('pause'));
  if (pause === undefined) throw new Error('No pause image was made: Pods need one.');
  return {
    ...services,
    tools,
    host,
    pauseImage: `${registry}/${pause.name}`,
    resolver: await readResolver(),
    mtu: await outsideMtu(),
  };
}

function supervise({ instance, paths, tools, host }: Setting): Supervision {
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
    enterNode: insideCommand(paths),
    adopt: (pid) => joinServices(host.hierarchies, instance.cgroup, pid),
  };
}

/** Homes and caches may be under /var/lib, which containerd and the kubelet see replaced. */
function exposedPaths(paths: InstancePaths, tools: Tools): readonly string[] {
  const programs = [tools.containerd, tools.ctr, tools.runc, tools.kubelet].map((path) =>
    dirname(path),
  );
  const variables = Object.values(tools.environment).flatMap((value) => value.split(':'));
  const all = [
    paths.home,
    tools.cniPluginDirectory,
    ...programs,
    ...variables.filter((value) => value.startsWith('/')),
  ];
  return [...new Set(all)];
}
