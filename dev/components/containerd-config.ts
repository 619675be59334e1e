import { join } from 'node:path';

import { stringify } from 'smol-toml';

import { type Setting, addressOf } from './setting.ts';

/** containerd's socket as seen in the instance's mount namespace, where /run is the instance's. */
export const containerdSocket = '/run/containerd/containerd.sock';

/** containerd's configuration (version 2: what 1.6 and 1.7 read). Holds the registry's password. */
export function containerdConfig(setting: Setting): string {
  const { instance, paths, tools, host, logins, pauseImage } = setting;
  const { user: username, password } = logins.registry;
  return stringify({
    version: 2,
    root: '/var/lib/containerd',
    state: '/run/containerd',
    grpc: { address: containerdSocket },
    disabled_plugins: [
      // Makes /opt/containerd.
      'io.containerd.internal.v1.opt',
      'io.containerd.snapshotter.v1.aufs',
      'io.containerd.snapshotter.v1.btrfs',
      'io.containerd.snapshotter.v1.devmapper',
      'io.containerd.snapshotter.v1.zfs',
    ],
    plugins: {
      'io.containerd.grpc.v1.cri': {
        sandbox_image: pauseImage,
        restrict_oom_score_adj: !host.mayLowerOomScore,
        netns_mounts_under_state_dir: true,
        containerd: {
          snapshotter: 'overlayfs',
          default_runtime_name: 'runc',
          runtimes: {
            runc: {
              runtime_type: 'io.containerd.runc.v2',
              options: { BinaryName: tools.runc, SystemdCgroup: false },
            },
          },
        },
        cni: { bin_dir: tools.cniPluginDirectory, conf_dir: join(paths.config, 'cni') },
        registry: {
          config_path: join(paths.config, 'registries'),
          configs: { [addressOf(instance, 'registry')]: { auth: { username, password } } },
        },
      },
    },
  });
}

/**
 * Where containerd finds each registry: files below a directory of the registry's name. docker.io
 * is looked up in the local registry first; what it doesn't have comes from docker.io itself. The
 * local registry has its CA alone, as Docker keeps it: a `hosts.toml` would have containerd ask once
 * more without the CA, and an image that isn't there would read as an unknown certificate.
 */
export function registryFiles({
  instance,
  certificates: { authority },
}: Setting): Readonly<Record<string, string>> {
  const host = addressOf(instance, 'registry');
  const local = { capabilities: ['pull', 'resolve'], ca: authority.certificatePath };
  return {
    [`${host}/ca.crt`]: authority.certificate,
    'docker.io/hosts.toml': stringify({
      server: 'https://registry-1.docker.io',
      host: { [`https://${host}`]: local },
    }),
  };
}

/** The Pods' network: a bridge of the instance's own, addresses from its subnet. */
export function cniConfig({ instance, mtu }: Pick<Setting, 'instance' | 'mtu'>): string {
  return JSON.stringify(
    {
      cniVersion: '1.0.0',
      name: instance.name,
      plugins: [
        {
          type: 'bridge',
          bridge: instance.bridge,
          isDefaultGateway: true,
          // The instance's own chains masquerade (host/firewall.ts): CNI's would stay behind.
          ipMasq: false,
          hairpinMode: true,
          mtu,
          ipam: {
            type: 'host-local',
            ranges: [[{ subnet: instance.subnet.cidr, gateway: instance.subnet.gateway }]],
          },
        },
      ],
    },
    null,
    2,
  );
}
