import type { V1Container, V1Volume } from '@kubernetes/client-node';
import type {
  AttemptIdentity,
  BuilderRef,
  ContextRef,
} from '../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../workflows/contract/application.ts';
import { inputTag } from '../../workflows/contract/ids.ts';
import type { InstallationSettings } from '../support/settings.ts';

/** Everything that a builder Pod depends on. */
export interface PodRequest {
  readonly attempt: AttemptIdentity;
  readonly container: BuiltContainer;
  readonly builder: BuilderRef;
  readonly inputDigest: string;
  readonly context: ContextRef;
  /** Presigned: the one credential that a Pod's spec holds, for its context step alone. */
  readonly contextUrl: string;
  /** The pinned Dockerfile's text. */
  readonly dockerfile: string;
  /** Why the layer cache is left out although it is wanted; null: nothing is known against it. */
  readonly cacheProblem: string | null;
  readonly settings: Pick<
    InstallationSettings,
    | 'installation'
    | 'namespace'
    | 'contextStep'
    | 'registryMirrors'
    | 'plainHttpRegistries'
    | 'caBundle'
    | 'proxy'
  >;
}

/** What a builder adds to the common Pod, whose first step unpacks the context: see `contextVolume`. */
export interface BuilderParts {
  /** Text that the builder reads as files, by annotation; see `annotationFiles`. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly initContainers: readonly V1Container[];
  /** Exactly one: its termination message is the digest. */
  readonly container: V1Container;
  readonly volumes: readonly V1Volume[];
}

/** A strategy that turns a container build into a Pod. */
export interface Builder {
  /** Throws `InvalidDefinition` for the id of a build-time secret that is no word. */
  parts(request: PodRequest): BuilderParts;
}

/** The one reference that the Pod pushes: `<repository>:in-<hex of the input digest>`. */
export function destination(request: PodRequest): string {
  return `${request.container.repository}:${inputTag(request.inputDigest)}`;
}
