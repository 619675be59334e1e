import type { VersionRange } from './versions.ts';

/**
 * Everything that the local environment runs, with the versions it is built from and the versions
 * that are accepted when a machine has them already. The one table of `SLIPWAY_…_BINARY` variables.
 */
export interface ProgramPin {
  /** The program's name on PATH. */
  readonly name: string;
  /** Other names of the same program on PATH. */
  readonly otherNames?: readonly string[];
  /** Names an executable to use instead of any other; wins over everything. */
  readonly variable: string;
  readonly versionArguments: readonly string[];
  readonly versionPattern: RegExp;
  readonly accepted: VersionRange;
}

export interface GoProgramPin extends ProgramPin {
  readonly package: string;
  /** The name that `go build -o directory/` gives it. */
  readonly builtName: string;
}

/** A release file of the project itself; used only where nothing else works. */
interface ReleaseDownload {
  readonly url: string;
  /** `sha256:` or `sha512:` and hex digits, whichever the project publishes. */
  readonly digest: string;
  /** The file's path inside a .tar.gz for each program; absent where the file is the program. */
  readonly members?: Readonly<Record<string, string>>;
}

/** Programs that one Go module in this directory builds. */
export interface GoPart {
  /** The directory with its go.mod and go.sum, and the part's name in messages. */
  readonly name: string;
  readonly version: string;
  readonly linkerFlags: readonly string[];
  readonly programs: readonly GoProgramPin[];
  /** By Node's name of the architecture: x64, arm64. */
  readonly downloads: Readonly<Record<string, ReleaseDownload>>;
}

const kubernetesVersion = '1.34.4';
const etcdVersion = '3.6.8';
const temporalVersion = '1.5.1';
const kustomizeVersion = '5.8.1';

function kubernetesProgram(name: string, variable: string): GoProgramPin {
  return {
    name,
    variable,
    package: `k8s.io/kubernetes/cmd/${name}`,
    builtName: name,
    versionArguments: ['--version'],
    versionPattern: /Kubernetes v(\d+)\.(\d+)\.(\d+)/,
    // One minor version: the four have to fit each other, and flags come and go with minor ones.
    accepted: { from: [1, 34, 0], below: [1, 35, 0] },
  };
}

const kubernetesPrograms = [
  kubernetesProgram('kube-apiserver', 'SLIPWAY_KUBE_APISERVER_BINARY'),
  kubernetesProgram('kube-controller-manager', 'SLIPWAY_KUBE_CONTROLLER_MANAGER_BINARY'),
  kubernetesProgram('kube-scheduler', 'SLIPWAY_KUBE_SCHEDULER_BINARY'),
  kubernetesProgram('kubelet', 'SLIPWAY_KUBELET_BINARY'),
];

function kubernetesDownload(architecture: string, sha512: string): ReleaseDownload {
  return {
    url: `https://dl.k8s.io/v${kubernetesVersion}/kubernetes-server-linux-${architecture}.tar.gz`,
    digest: `sha512:${sha512}`,
    members: Object.fromEntries(
      kubernetesPrograms.map(({ name }) => [name, `kubernetes/server/bin/${name}`]),
    ),
  };
}

function etcdDownload(architecture: string, sha256: string): ReleaseDownload {
  const base = `etcd-v${etcdVersion}-linux-${architecture}`;
  return {
    url: `https://github.com/etcd-io/etcd/releases/download/v${etcdVersion}/${base}.tar.gz`,
    digest: `sha256:${sha256}`,
    members: { etcd: `${base}/etcd` },
  };
}

/**
 * Slowest compile first (measured on 2 cores with an empty build cache: 299, 133, 110, 24 s): what
 * the later parts share with the earlier ones is then in the build cache.
 */
export const goParts: readonly GoPart[] = [
  {
    name: 'kubernetes',
    version: kubernetesVersion,
    // Without it the node reports v0.0.0 and clients' version checks go wrong.
    linkerFlags: ['-X', `k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`],
    programs: kubernetesPrograms,
    // From the project's CHANGELOG/CHANGELOG-1.34.md, which publishes SHA-512.
    downloads: {
      x64: kubernetesDownload(
        'amd64',
        '65c75e81e3ea488f6d42b493cad64d7577ddfa1e5372037a1c841ac069039997d359b5b2f2d44e7665bf04c48ed0065cf9d4c9801b1e63bb6a1b099ef00d4863',
      ),
      arm64: kubernetesDownload(
        'arm64',
        'a1fad7060ed67b5634f32f3256a295179dd887dab5c82b8550c2eb62c69df34cfbb311c8f93e7608d558eba32b9e2ddc23976db39e512fd747cc6bf9b4c1765f',
      ),
    },
  },
  {
    name: 'temporal',
    version: temporalVersion,
    linkerFlags: ['-X', `github.com/temporalio/cli/temporalcli.Version=${temporalVersion}`],
    programs: [
      {
        name: 'temporal',
        variable: 'SLIPWAY_TEMPORAL_BINARY',
        package: 'github.com/temporalio/cli/cmd/temporal',
        builtName: 'temporal',
        versionArguments: ['--version'],
        versionPattern: /temporal version (\d+)\.(\d+)\.(\d+)/,
        accepted: { from: [1, 5, 0], below: [2, 0, 0] },
      },
    ],
    // No download: the sums are only in a release asset, which could not be read when this was
    // written. Add an entry when you can verify one.
    downloads: {},
  },
  {
    name: 'minio',
    // The pseudo-version's commit date in go.mod; the project publishes source only since 2025.
    version: '2026.2.12',
    linkerFlags: [],
    programs: [
      {
        name: 'minio',
        variable: 'SLIPWAY_MINIO_BINARY',
        package: 'github.com/minio/minio',
        builtName: 'minio',
        versionArguments: ['--version'],
        versionPattern: /RELEASE\.(\d+)-(\d+)-(\d+)T/,
        accepted: { from: [2024, 1, 1], below: [2028, 1, 1] },
      },
    ],
    // No download: there is no official binary of this version.
    downloads: {},
  },
  {
    name: 'etcd',
    version: etcdVersion,
    linkerFlags: [],
    programs: [
      {
        name: 'etcd',
        variable: 'SLIPWAY_ETCD_BINARY',
        package: 'go.etcd.io/etcd/server/v3',
        builtName: 'server',
        versionArguments: ['--version'],
        versionPattern: /etcd Version: (\d+)\.(\d+)\.(\d+)/,
        // RequestWatchProgress, which new clients' watches need, is whole from 3.5.13 on.
        accepted: { from: [3, 5, 13], below: [3, 7, 0] },
      },
    ],
    // As recorded by kubernetes-sigs/kubespray (vars/main/checksums.yml, 2026-08).
    downloads: {
      x64: etcdDownload(
        'amd64',
        'cf9cfe91a4856cb90eed9c99e6aee4b708db2c7888b88a6f116281f04b0ea693',
      ),
      arm64: etcdDownload(
        'arm64',
        '438f56a700d17ce761510a3e63e6fa5c1d587b2dd4d7a22c179c09a649366760',
      ),
    },
  },
];

/** Renders `deploy/`, as `kubectl kustomize` does: for tests, made when one asks (10 s). */
export const kustomizePart: GoPart = {
  name: 'kustomize',
  version: kustomizeVersion,
  linkerFlags: ['-X', `sigs.k8s.io/kustomize/api/provenance.version=v${kustomizeVersion}`],
  programs: [
    {
      name: 'kustomize',
      variable: 'SLIPWAY_KUSTOMIZE_BINARY',
      package: 'sigs.k8s.io/kustomize/kustomize/v5',
      builtName: 'kustomize',
      versionArguments: ['version'],
      versionPattern: /v(\d+)\.(\d+)\.(\d+)/,
      accepted: { from: [5, 0, 0], below: [6, 0, 0] },
    },
  ],
  downloads: {},
};
