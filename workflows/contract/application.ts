/** The definition as everything behind the parser sees it: defaults applied, names checked. */
export interface Application {
  readonly name: string;
  /** An explicit version is published once; null derives one from the inputs. */
  readonly version: string | null;
  /** Container builds in flight at once. */
  readonly maxParallel: number;
  readonly components: readonly Component[];
  /** When it is built without anybody asking; absent: never. A build itself does not look at them. */
  readonly schedules?: readonly BuildSchedule[];
  /** Where the definition itself is, when a scheduled run reads it again; absent: it builds what was applied. */
  readonly definition?: DefinitionSource;
}

/** A file in a repository that holds an application's definition. */
export interface DefinitionSource {
  readonly source: Source;
  /** Relative to the repository, POSIX, confined. */
  readonly path: string;
  /** Images are `<registry>/<application>/…` when the definition has no `spec.registry`. */
  readonly registry?: string;
}

/** One entry of `spec.schedules`: at least one cron expression or the interval. */
export interface BuildSchedule {
  readonly name: string;
  /** Five fields, read in the time zone. */
  readonly cron: readonly string[];
  /** Seconds; null for none. */
  readonly interval: number | null;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  /** Seconds by which a start is delayed at most, at random. */
  readonly jitter: number;
  readonly overlap: 'skip' | 'buffer-one' | 'allow' | 'cancel-other';
  /** Seconds: starts missed for longer than this, while Temporal was away, are not made up for. */
  readonly catchUpWindow: number;
  readonly pauseOnFailure: boolean;
  readonly paused: boolean;
}

export interface Component {
  readonly name: string;
  /** Carried into the package as they are. */
  readonly type: string | null;
  readonly options: unknown;
  /** Init containers first, each group in the definition's order. */
  readonly containers: readonly Container[];
}

export type Container = BuiltContainer | ExistingContainer;

interface ContainerBase {
  readonly name: string;
  readonly init: boolean;
  readonly carried: CarriedFields;
  /** Secret of type dockerconfigjson for reading images; null when none is needed. */
  readonly pullSecret: string | null;
}

/** Fields that Slipway does not use itself: they reach the package unchanged. */
export interface CarriedFields {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly ports?: readonly number[];
}

/** An image that exists already: it is verified at its registry, never built. */
export interface ExistingContainer extends ContainerBase {
  readonly kind: 'existing';
  readonly image: string;
}

export interface BuiltContainer extends ContainerBase {
  readonly kind: 'build';
  readonly source: Source;
  /** Directory in the repository, `.` for the whole of it; POSIX, confined, no trailing slash. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly template: TemplateKind;
  readonly templateArgs: Readonly<Record<string, TemplateValue>>;
  readonly unusedArguments: 'error' | 'warn';
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | null;
  /** Image name without tag or digest: `<registry host>/<path>`. */
  readonly repository: string;
  /** Extra tags, beside the version and `in-<input digest>`. */
  readonly tags: readonly string[];
  /** null: the installation's default. */
  readonly builder: BuilderName | null;
  readonly builderFlags: readonly string[];
  readonly reproducible: boolean;
  readonly resources: Resources;
  readonly timeouts: Timeouts;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly pushSecret: string | null;
  /** For `RUN --mount=type=secret`; never in the image. Absent: none. */
  readonly secrets?: readonly BuildSecret[];
  /** Registry repository that keeps layers between builds; absent: no cache. */
  readonly cache?: LayerCache;
}

/** One value of a Kubernetes Secret for the build's RUN instructions. */
export interface BuildSecret {
  /** As in `RUN --mount=type=secret,id=…`. */
  readonly id: string;
  /** Name of the Secret, labelled `slipway/use: build`. */
  readonly secret: string;
  readonly key: string;
}

export interface LayerCache {
  /** Without tag or digest. */
  readonly repository: string;
}

export type BuilderName = 'kaniko' | 'buildah';
export type TemplateKind = 'none' | 'handlebars' | 'placeholder';
export type TemplateValue = string | boolean | readonly string[];

export interface Source {
  /** `https://…`, `ssh://[user@]host[:port]/…`, `user@host:path`, or `file:///…` */
  readonly git: string;
  /** Branch, tag or commit. */
  readonly ref: string;
  /** Secret (basic-auth or ssh-auth, labelled `slipway/use: git`) with the credentials, by name; absent: none. */
  readonly secret?: string;
  /** Fetch submodules as well, recursively; only those of hosts that the credentials or nobody need. */
  readonly submodules?: boolean;
  /** Replace LFS pointers by their files. */
  readonly lfs?: boolean;
}

/** Kubernetes quantities; what is absent is not set on the Pod. */
export interface Resources {
  readonly cpu?: string;
  readonly memory?: string;
  readonly ephemeralStorage?: string;
}

/** Seconds. */
export interface Timeouts {
  /** From the Pod's creation to its start: scheduling, image pull, quota. */
  readonly queue: number;
  /** From the Pod's start to its end. */
  readonly build: number;
}

interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}
