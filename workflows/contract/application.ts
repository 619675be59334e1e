/** The definition as everything behind the parser sees it: defaults applied, names checked. */
export interface Application {
  readonly name: string;
  /** An explicit version is published once; null derives one from the inputs. */
  readonly version: string | null;
  /** Container builds in flight at once. */
  readonly maxParallel: number;
  readonly components: readonly Component[];
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
}

export type BuilderName = 'kaniko' | 'buildah';
export type TemplateKind = 'none' | 'handlebars' | 'placeholder';
export type TemplateValue = string | boolean | readonly string[];

export interface Source {
  readonly git: string;
  /** Branch, tag or commit. */
  readonly ref: string;
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
