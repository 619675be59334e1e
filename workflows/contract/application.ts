/** The definition as everything behind the parser sees it: defaults applied, names checked. */
export interface Application {
  /** A DNS label, unique in the installation. */
  readonly name: string;
  /** An explicit version is published once; null derives one from the inputs. */
  readonly version: string | null;
  /** Container builds in flight at once. */
  readonly maxParallel: number;
  /** In the definition's order; at least one. */
  readonly components: readonly Component[];
  /** When it is built without anybody asking; absent: never. A build itself does not look at them. */
  readonly schedules?: readonly BuildSchedule[];
  /** Where the definition itself is, when a scheduled run reads it again; absent: it builds what was applied. */
  readonly definition?: DefinitionSource;
}

/** A file in a repository that holds an application's definition. */
export interface DefinitionSource {
  /** The repository and the ref at which a run reads it. */
  readonly source: Source;
  /** Relative to the repository, POSIX, confined. */
  readonly path: string;
  /** Images are `<registry>/<application>/…` when the definition has no `spec.registry`. */
  readonly registry?: string;
}

/** One entry of `spec.schedules`: at least one cron expression or the interval. */
export interface BuildSchedule {
  /** A DNS label, unique in the application. */
  readonly name: string;
  /** Five fields each, read in the time zone; empty for none. */
  readonly cron: readonly string[];
  /** Seconds; null for none. */
  readonly interval: number | null;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  /** Seconds by which a start is delayed at most, at random. */
  readonly jitter: number;
  /** What a start does while the schedule's last build still runs: see the client's `ScheduleOverlap`. */
  readonly overlap: 'skip' | 'buffer-one' | 'allow' | 'cancel-other';
  /** Seconds: starts missed for longer than this, while Temporal was away, are not made up for. */
  readonly catchUpWindow: number;
  /** Whether a failed build pauses the schedule. */
  readonly pauseOnFailure: boolean;
  /** Whether the definition has it paused. */
  readonly paused: boolean;
}

/** A part of an application that is packaged on its own. */
export interface Component {
  /** A DNS label, unique in the application. */
  readonly name: string;
  /** Carried into the package as it is; null for none. */
  readonly type: string | null;
  /** A JSON value that is carried into the package as it is; null for none. */
  readonly options: unknown;
  /** Init containers first, each group in the definition's order. */
  readonly containers: readonly Container[];
}

/** One image of a component, told apart by `kind`. */
export type Container = BuiltContainer | ExistingContainer;

/** What all containers have. */
export interface ContainerBase {
  /** A DNS label, unique in the component, init containers included. */
  readonly name: string;
  /** Whether it runs before the component's other containers. */
  readonly init: boolean;
  /** What the package says of it beside its image. */
  readonly carried: CarriedFields;
  /** Secret of type dockerconfigjson for reading images; null when none is needed. */
  readonly pullSecret: string | null;
}

/** Fields that Slipway does not use itself: they reach the package unchanged. */
export interface CarriedFields {
  /** Instead of the image's entry point. */
  readonly command?: readonly string[];
  /** Arguments of the command. */
  readonly args?: readonly string[];
  /** Names of environment variables that it needs; never values. */
  readonly env?: readonly string[];
  /** On which it listens. */
  readonly ports?: readonly number[];
}

/** An image that exists already: it is verified at its registry, never built. */
export interface ExistingContainer extends ContainerBase {
  /** Tells it from one that is built. */
  readonly kind: 'existing';
  /** Reference with its registry, by tag or digest. */
  readonly image: string;
}

/** An image that is built from source. */
export interface BuiltContainer extends ContainerBase {
  /** Tells it from an existing one. */
  readonly kind: 'build';
  /** Where its files are. */
  readonly source: Source;
  /** Directory in the repository, `.` for the whole of it; POSIX, confined, no trailing slash. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  /** How the Dockerfile is rendered. */
  readonly template: TemplateKind;
  /** All that a template sees; empty where it is none. */
  readonly templateArgs: Readonly<Record<string, TemplateValue>>;
  /** What a template argument is that the template does not use. */
  readonly unusedArguments: 'error' | 'warn';
  /** Values of ARG instructions: readable in the image, so never secrets. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Name of the stage to build; null for the last one. */
  readonly target: string | null;
  /** Image name without tag or digest: `<registry host>/<path>`. */
  readonly repository: string;
  /** Extra tags, beside the version and `in-<input digest>`. */
  readonly tags: readonly string[];
  /** null: the installation's default. */
  readonly builder: BuilderName | null;
  /** `--name=value` each, for the builder; of those that are allowed. */
  readonly builderFlags: readonly string[];
  /** Whether equal inputs give an equal image, byte for byte. */
  readonly reproducible: boolean;
  /** What the builder's container gets. */
  readonly resources: Resources;
  /** How long the Pod may take. */
  readonly timeouts: Timeouts;
  /** Labels of the nodes that the Pod may run on; empty for all. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Taints that the Pod tolerates. */
  readonly tolerations: readonly Toleration[];
  /** Secret of type dockerconfigjson for pushing the image; null when none is needed. */
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
  /** Key in the Secret. */
  readonly key: string;
}

/** Where a builder keeps layers between builds. */
export interface LayerCache {
  /** Without tag or digest. */
  readonly repository: string;
}

/** A strategy that turns a container build into a Pod. */
export type BuilderName = 'kaniko' | 'buildah';

/** `none`: the file is the Dockerfile; `placeholder`: `{{ NAME }}` alone is replaced. */
export type TemplateKind = 'none' | 'handlebars' | 'placeholder';

/** A value of a template argument. */
export type TemplateValue = string | boolean | readonly string[];

/** A git repository at a ref. */
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
  /** E.g. `500m`. */
  readonly cpu?: string;
  /** E.g. `1Gi`. */
  readonly memory?: string;
  /** E.g. `10Gi`: what the builder may write to the node's disk. */
  readonly ephemeralStorage?: string;
}

/** Seconds. */
export interface Timeouts {
  /** From the Pod's creation to its start: scheduling, image pull, quota. */
  readonly queue: number;
  /** From the Pod's start to its end. */
  readonly build: number;
}

/** A toleration of the Pod, as Kubernetes has it. */
export interface Toleration {
  /** Key of the taint; absent: all taints. */
  readonly key?: string;
  /** Absent: `Equal`. */
  readonly operator?: 'Exists' | 'Equal';
  /** Value of the taint, for `Equal`. */
  readonly value?: string;
  /** Absent: all effects. */
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}
