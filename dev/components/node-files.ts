import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { writeFileAtomically } from '../files.ts';
import { cniConfig, containerdConfig, registryFiles } from './containerd-config.ts';
import { kubeconfig } from './kubeconfig.ts';
import { kubeletConfig } from './kubelet-config.ts';
import type { Setting } from './setting.ts';

/** Contents of the files, by the component that has to start again when they change. */
export interface NodeFiles {
  readonly containerd: readonly string[];
  readonly kubelet: readonly string[];
}

/** Writes the configuration of containerd and the kubelet. */
export async function writeNodeFiles(setting: Setting): Promise<NodeFiles> {
  const { paths, instance, certificates, resolver } = setting;
  const resolverPath = join(paths.config, 'resolv.conf');
  await writeFileAtomically(resolverPath, resolver);
  // containerd reads these and CNI's files anew for each use.
  await writeFileAtomically(join(paths.config, 'cni', '10-slipway.conflist'), cniConfig(setting));
  const registries = join(paths.config, 'registries');
  await rm(registries, { recursive: true, force: true });
  for (const [path, content] of Object.entries(registryFiles(setting)))
    await writeFileAtomically(join(registries, path), content);
  return {
    containerd: [
      await writeFileAtomically(
        join(paths.config, 'containerd.toml'),
        containerdConfig(setting),
        0o600,
      ),
    ],
    kubelet: [
      await writeFileAtomically(
        join(paths.config, 'kubelet.yaml'),
        kubeletConfig(setting, resolverPath),
      ),
      await writeFileAtomically(
        join(paths.config, 'kubelet.kubeconfig'),
        kubeconfig(instance, certificates.authority, certificates.kubelet),
        0o600,
      ),
      certificates.server.certificate,
    ],
  };
}

/** Writes the kubeconfigs of the control plane and of the instance's user. */
export async function writeKubeconfigs({ paths, instance, certificates }: Setting): Promise<void> {
  const { authority, controllerManager, scheduler, admin } = certificates;
  const files = [
    [join(paths.config, 'controller-manager.kubeconfig'), controllerManager],
    [join(paths.config, 'scheduler.kubeconfig'), scheduler],
    [paths.kubeconfig, admin],
  ] as const;
  for (const [path, user] of files)
    await writeFileAtomically(path, kubeconfig(instance, authority, user), 0o600);
}
