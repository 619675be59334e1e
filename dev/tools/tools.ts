/** Absolute paths of the services' programs, which are no part of Kubernetes and need no root. */
export interface ServiceTools {
  readonly temporal: string;
  readonly minio: string;
  readonly registry: string;
  readonly skopeo: string;
  /** For sources that ask for LFS files; absent where it can't be had. */
  readonly gitLfs?: string;
  /**
   * Variables that the tools need in addition to a minimal environment: the whole PATH (with
   * unpacked Debian packages first), their library paths, iptables' plugin directory.
   */
  readonly environment: Readonly<Record<string, string>>;
}

/** Absolute paths of everything that the local environment runs, as found or made on this machine. */
export interface Tools extends ServiceTools {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubelet: string;
  readonly containerd: string;
  readonly ctr: string;
  readonly runc: string;
  readonly iptables: string;
  readonly mmdebstrap: string;
  /** Statically linked: it becomes the content of images. */
  readonly busybox: string;
  readonly cniPluginDirectory: string;
}

/** An image made from packages, kept in the cache as an OCI layout. */
export interface MadeImage {
  /** Repository and tag in the local registry, e.g. `library/debian:12` or `slipway/buildah:1.39.3`. */
  readonly name: string;
  /** Further tags in the same repository, e.g. `bookworm`. */
  readonly tags: readonly string[];
  /** The OCI layout's directory; its index has one manifest. */
  readonly layout: string;
  readonly digest: string;
}
