import type { BuilderName } from '../../workflows/contract/application.ts';

/** What the composition root tells activities about the installation: parsed and checked before. */
export interface InstallationSettings {
  readonly installation: string;
  /** Pods go here unless a definition names another namespace of the worker's list. */
  readonly namespace: string;
  readonly defaultBuilder: BuilderName;
  /** Image references with digest; null where the builder cannot be used here. */
  readonly builderImages: Readonly<Record<BuilderName, string | null>>;
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
}
