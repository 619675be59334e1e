import type { ProgramPin } from '../pins.ts';

export interface DebianProgramPin extends ProgramPin {
  readonly package: string;
  /** Where the package has it, relative to the tree's root. */
  readonly path: string;
  /** The environment does without it where neither system nor packages have it. */
  readonly optional?: boolean;
}

/** Programs that Debian's packages provide, and the variables that name others. */
export const debianPrograms: readonly DebianProgramPin[] = [
  {
    name: 'containerd',
    variable: 'SLIPWAY_CONTAINERD_BINARY',
    package: 'containerd',
    path: 'usr/bin/containerd',
    versionArguments: ['--version'],
    versionPattern: / v?(\d+)\.(\d+)\.(\d+)/,
    // 2.x has moved the settings of the CRI plugin.
    accepted: { from: [1, 6, 15], below: [2, 0, 0] },
  },
  {
    name: 'ctr',
    variable: 'SLIPWAY_CTR_BINARY',
    package: 'containerd',
    path: 'usr/bin/ctr',
    versionArguments: ['--version'],
    versionPattern: / v?(\d+)\.(\d+)\.(\d+)/,
    accepted: { from: [1, 6, 15], below: [2, 0, 0] },
  },
  {
    name: 'runc',
    variable: 'SLIPWAY_RUNC_BINARY',
    package: 'runc',
    path: 'usr/sbin/runc',
    versionArguments: ['--version'],
    versionPattern: /runc version (\d+)\.(\d+)\.(\d+)/,
    accepted: { from: [1, 1, 0], below: [2, 0, 0] },
  },
  {
    name: 'iptables',
    variable: 'SLIPWAY_IPTABLES_BINARY',
    package: 'iptables',
    path: 'slipway/bin/iptables',
    versionArguments: ['--version'],
    versionPattern: /iptables v(\d+)\.(\d+)\.(\d+)/,
    accepted: { from: [1, 8, 0], below: [2, 0, 0] },
  },
  {
    name: 'skopeo',
    variable: 'SLIPWAY_SKOPEO_BINARY',
    package: 'skopeo',
    path: 'usr/bin/skopeo',
    versionArguments: ['--version'],
    versionPattern: /skopeo version (\d+)\.(\d+)\.(\d+)/,
    accepted: { from: [1, 5, 0], below: [2, 0, 0] },
  },
  {
    name: 'docker-registry',
    // Other programs are called `registry` too; the version's pattern tells them apart.
    otherNames: ['registry'],
    variable: 'SLIPWAY_REGISTRY_BINARY',
    package: 'docker-registry',
    path: 'usr/bin/docker-registry',
    versionArguments: ['--version'],
    versionPattern: /\/distribution(?:\/v3)? v?(\d+)\.(\d+)\.(\d+)/,
    accepted: { from: [2, 8, 0], below: [4, 0, 0] },
  },
  {
    name: 'mmdebstrap',
    variable: 'SLIPWAY_MMDEBSTRAP_BINARY',
    package: 'mmdebstrap',
    path: 'usr/bin/mmdebstrap',
    versionArguments: ['--version'],
    versionPattern: /mmdebstrap (\d+)\.(\d+)\.(\d+)/,
    accepted: { from: [1, 2, 0], below: [2, 0, 0] },
  },
  {
    name: 'git-lfs',
    variable: 'SLIPWAY_GIT_LFS_BINARY',
    package: 'git-lfs',
    path: 'usr/bin/git-lfs',
    optional: true,
    versionArguments: ['version'],
    versionPattern: /git-lfs\/(\d+)\.(\d+)\.(\d+)/,
    accepted: { from: [3, 0, 0], below: [4, 0, 0] },
  },
];

/** The directory of CNI plugins is looked for as a whole: bridge, host-local, loopback, portmap. */
export const cniPlugins = {
  variable: 'SLIPWAY_CNI_PLUGIN_DIRECTORY',
  package: 'containernetworking-plugins',
  path: 'usr/lib/cni',
  required: ['bridge', 'host-local', 'loopback', 'portmap'],
} as const;

/** Never taken from PATH: the images need the static one, and `busybox` there may be dynamic. */
export const staticBusybox = {
  variable: 'SLIPWAY_BUSYBOX_BINARY',
  package: 'busybox-static',
  path: 'bin/busybox',
} as const;

/** Signs the packages of later releases as well, which an older system's own keyring may not know. */
export const archiveKeyring = {
  package: 'debian-archive-keyring',
  path: 'usr/share/keyrings/debian-archive-keyring.gpg',
} as const;

/** What is unpacked when any of it is needed. */
export const debianPackages: readonly string[] = [
  ...new Set([
    ...debianPrograms.map((program) => program.package),
    cniPlugins.package,
    staticBusybox.package,
    archiveKeyring.package,
  ]),
];
