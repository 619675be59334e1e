import type { BuilderName } from '../../workflows/contract/application.ts';

/** What the composition root tells activities about the installation: parsed and checked before. */
export interface InstallationSettings {
  readonly installation: string;
  /** Of builder Pods, and of the Secrets that definitions name. */
  readonly namespace: string;
  readonly defaultBuilder: BuilderName;
  /** Image references with digest; null where the builder cannot be used here. */
  readonly builderImages: Readonly<Record<BuilderName, string | null>>;
  /** Fetches the context in every builder Pod, before the builder. */
  readonly contextStep: {
    /** Image reference with digest: Node.js and tar. */
    readonly image: string;
    /** Text of `fetch-context.ts`. */
    readonly program: string;
  };
  /** Registry host → mirror host (`docker.io` → `10.64.3.1:5000`). */
  readonly registryMirrors: Readonly<Record<string, string>>;
  /** Registry hosts that are spoken to over plain http. */
  readonly plainHttpRegistries: readonly string[];
  /** PEM text of CAs beside the system's, for git, registry, store and builder Pods; null for none. */
  readonly caBundle: string | null;
  /** Directories under which `file` sources may lie. */
  readonly fileRoots: readonly string[];
  /** The worker's own directory for git repositories and temporary files. */
  readonly workDirectory: string;
  /** Seconds that a builder image may stay unpullable before the attempt fails. */
  readonly imagePullGrace: number;
  /** Seconds after which a Pod on an unreachable node is given up. */
  readonly nodeLostAfter: number;
  /** Directories that git, git-lfs and ssh are looked for in before the system's; absent: none. */
  readonly gitPath?: readonly string[];
  /** Proxies for git, registry and builder Pods; absent: none. */
  readonly proxy?: ProxySettings;
  /** Kubernetes quantity up to which a build that ran out of memory gets more; absent: it gets none. */
  readonly memoryCeiling?: string;
  /** Seconds that the wait between two attempts takes at most; absent: as the failure says. */
  readonly longestBackOff?: number;
}

export interface ProxySettings {
  /** For https addresses: `http://host:port`, without credentials; null for none. */
  readonly https: string | null;
  /** For http addresses. */
  readonly http: string | null;
  /** Hosts, domains (`.example.com`) and networks that are spoken to directly, as NO_PROXY has them. */
  readonly noProxy: readonly string[];
}
