import { bootstrapCluster } from './cluster/bootstrap.ts';
import type { NpmSettings } from './cluster/npm-settings.ts';
import { apiServer, controllerManager, scheduler } from './components/control-plane.ts';
import { etcd } from './components/etcd.ts';
import { containerd, kubelet } from './components/node.ts';
import { writeKubeconfigs, writeNodeFiles } from './components/node-files.ts';
import type { Setting } from './components/setting.ts';
import type { Ensured } from './process/start.ts';
import { contentKey } from './tools/cache-key.ts';
import {
  type Ensure,
  type ServiceOptions,
  allOrFirstFailure,
  startServices,
  unlessDone,
} from './start-services.ts';

export interface StartOptions extends ServiceOptions {
  readonly setting: Setting;
  /** This machine's npm settings, for builds that ask for them; null where it has no npm. */
  readonly npm: Promise<NpmSettings | null>;
}

/**
 * Has every component but the worker run and be ready, side by side where one doesn't need the
 * other.
 *
 * @throws Error of the first component that fails, when the others have come to an end, too
 */
export async function startComponents(options: StartOptions, ensure: Ensure): Promise<void> {
  const { setting } = options;
  await writeKubeconfigs(setting);
  const files = await writeNodeFiles(setting);

  async function startCluster(): Promise<void> {
    await ensure(etcd(setting));
    const outcome = await ensure(apiServer(setting));
    await Promise.all([
      ensure(controllerManager(setting)),
      ensure(scheduler(setting)),
      startNode(),
      objects(outcome),
    ]);
  }
  async function objects(outcome: Ensured): Promise<void> {
    const npm = await options.npm;
    // The Secrets' content changes with the registry's address and with npm's settings.
    const key = contentKey([
      setting.certificates.authority.certificate,
      setting.instance.subnet.gateway,
      setting.instance.ports.registry,
      npm,
    ]);
    await unlessDone(setting, 'objects', key, outcome, () => bootstrapCluster(setting, npm));
  }
  async function startNode(): Promise<void> {
    await node;
    await ensure(kubelet(setting, files.kubelet));
  }

  const node = ensure(containerd(setting, files.containerd));
  await allOrFirstFailure([...startServices(options, ensure), node, startCluster()]);
}
