import { realpath, rm, rmdir } from 'node:fs/promises';

import { isMissing } from './files.ts';
import { readHostFacts } from './host/facts.ts';
import { undo } from './host/host-parts.ts';
import { examineHost, type Host } from './host/requirements.ts';
import { deriveIdentity } from './instance/identity.ts';
import { type HostEntry, isHostEntry, openJournal } from './instance/journal.ts';
import { lockPath, withLock } from './instance/lock.ts';
import { type InstancePaths, instancePaths } from './instance/paths.ts';
import { standardPorts } from './instance/ports.ts';
import type { Instance } from './instance/record.ts';
import { readTools } from './instance/used-tools.ts';
import { leftovers } from './leftovers.ts';
import { killCgroup } from './process/kill-cgroup.ts';
import { markedProcesses } from './process/marked.ts';
import { type ProcessRecord, readRecords, removeRecord } from './process/records.ts';
import { stopProcess } from './process/stop.ts';
import type { Reporter } from './reporter.ts';

export interface DownOptions {
  readonly home: string;
  /** Removes the data, too: images, packages, workflow histories, credentials. */
  readonly purge: boolean;
  readonly reporter: Reporter;
}

/**
 * Stops the local environment of a home and undoes everything that it made on this machine, also
 * after an `up` that was killed. Without an environment there it does nothing.
 *
 * @throws EnvironmentUnavailable when there is something that only root on Linux can undo
 * @throws ClusterUnusable when everything is stopped, and objects are left in the user's cluster
 * @throws Error listing what could not be removed
 */
export async function down(options: DownOptions): Promise<void> {
  const { reporter } = options;
  const home = await realpath(options.home).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (home === undefined) {
    reporter.info(`There is no local environment in ${options.home}.`);
    return;
  }
  const paths = instancePaths(home);
  const onWait = (): void => {
    reporter.info(
      `Another slipway command is working on the environment in ${home}; waiting for it.`,
    );
  };
  await withLock(await lockPath(deriveIdentity(home).name), onWait, () =>
    reporter.step('Stopping the local environment', (note) => downAlone(paths, options, note)),
  );
}

async function downAlone(
  paths: InstancePaths,
  { purge }: Pick<DownOptions, 'purge'>,
  note: (text: string) => void,
): Promise<void> {
  const identity = deriveIdentity(paths.home);
  const journal = openJournal(paths.journal);
  const entries = await journal.entries();
  const hostEntries = entries.filter(isHostEntry);
  const host = hostEntries.length === 0 ? undefined : examineHost(await readHostFacts());
  const killPods = (spared: ReadonlySet<number>): Promise<void> =>
    host === undefined ? Promise.resolve() : killCgroup(host.hierarchies, identity.cgroup, spared);
  await rm(paths.environment, { force: true });
  await stopRecorded(paths, killPods, note);
  for (const { identity: process_ } of await markedProcesses(identity.name))
    await stopProcess(process_, 0);
  await killPods(new Set());
  if (host !== undefined) await undoHostParts(paths, host, hostEntries, note);
  for (const entry of entries.filter((each) => !isHostEntry(each))) {
    note(`removing what is in the cluster of the context ${entry.context}`);
    // Loaded here, because only few need it and it takes its time.
    const { removeFromCluster } = await import('./kube-context/remove.ts');
    await removeFromCluster(entry, identity.name);
    await journal.remove(entry);
  }
  if (purge) await purgeHome(paths);
}

/** @throws Error listing what could not be removed */
async function undoHostParts(
  paths: InstancePaths,
  host: Host,
  entries: readonly HostEntry[],
  note: (text: string) => void,
): Promise<void> {
  note('removing mounts, network and cgroups');
  const identity = deriveIdentity(paths.home);
  const tools = await readTools(paths);
  const journal = openJournal(paths.journal);
  // Undoing needs names alone, and those come from the home: a damaged record must not stop it.
  const instance: Instance = {
    ...identity,
    home: paths.home,
    subnet: { cidr: '', gateway: '', loopback: '' },
    ports: standardPorts,
  };
  for (const entry of entries.toReversed()) {
    await undo(entry, { instance, paths, host, tools: tools ?? systemTools });
    await journal.remove(entry);
  }
  const left = await leftovers({
    identity,
    home: paths.home,
    hierarchies: host.hierarchies,
    tools,
  });
  if (left.length > 0) {
    throw new Error(
      `The local environment in ${paths.home} left something behind on this machine:\n${left.join('\n')}`,
    );
  }
}

/** For a journal whose record of programs was lost. */
const systemTools = { iptables: 'iptables', environment: {} };

/**
 * What is stopped together, in this order: nothing loses what it depends on. Pods are killed after
 * the kubelet, which would start them again, and before containerd, which sees them end.
 */
const waves: readonly (readonly string[])[] = [
  ['worker'],
  ['kubelet', 'kube-scheduler', 'kube-controller-manager', 'temporal', 'registry', 'minio'],
  ['containerd', 'kube-apiserver'],
  ['etcd'],
];

async function stopRecorded(
  paths: InstancePaths,
  killPods: (spared: ReadonlySet<number>) => Promise<void>,
  note: (text: string) => void,
): Promise<void> {
  const records = await readRecords(paths.processes);
  const known = new Set(waves.flat());
  const unknown = records.filter((record) => !known.has(record.name));
  for (const names of [unknown.map((record) => record.name), ...waves]) {
    const wave = records.filter((record) => names.includes(record.name));
    if (wave.length > 0) note(`stopping ${wave.map((record) => record.name).join(', ')}`);
    await Promise.all(wave.map((record) => stopOne(paths, record)));
    if (names.includes('kubelet'))
      await killPods(new Set(records.map((record) => record.identity.pid)));
  }
}

async function stopOne(paths: InstancePaths, record: ProcessRecord): Promise<void> {
  await stopProcess(record.identity, record.grace);
  await removeRecord(paths.processes, record.name);
}

/** Removes what `up` put into the home, and the home itself when nothing else is in it. */
async function purgeHome(paths: InstancePaths): Promise<void> {
  const { home, node, ...files } = paths;
  const own = [...Object.values(files), ...Object.values(node)].filter((path) => path !== home);
  for (const path of own) await rm(path, { recursive: true, force: true });
  for (const directory of [`${home}/node`, home]) {
    await rmdir(directory).catch((error: unknown) => {
      if (
        error instanceof Error &&
        'code' in error &&
        (error.code === 'ENOTEMPTY' || isMissing(error))
      )
        return;
      throw error;
    });
  }
}
