import type { Readable } from 'node:stream';
import type { V1Pod } from '@kubernetes/client-node';
import type { PodFacts } from './pod-facts.ts';

/**
 * Pods, as activities use them. Every method throws `ClusterUnavailable` when the API does not
 * answer, and `PodRejected` when it refuses what the worker asks.
 */
export interface Pods {
  /** Throws `QuotaExceeded` too. `exists`: there is a Pod of that name already. */
  create(
    pod: V1Pod,
  ): Promise<{ readonly kind: 'created'; readonly pod: PodFacts } | { readonly kind: 'exists' }>;
  /** Asks whether the API would take the Pod, which is not made. Throws `QuotaExceeded` too. */
  try(pod: V1Pod): Promise<void>;
  /** null when there is no such Pod. */
  get(namespace: string, name: string): Promise<PodFacts | null>;
  /** The installation's builder Pods, as of a moment ago. */
  list(namespace: string, installation: string): Promise<readonly PodFacts[]>;
  /** Deletes this very Pod; one that is gone, or another one of the same name, is left alone. */
  delete(pod: PodIdentity, graceSeconds: number): Promise<void>;
  /**
   * The container's log from its beginning; null when there is none (not started, gone). The
   * stream ends when the container does (`follow`), or at what is there now.
   */
  log(pod: PodIdentity, container: string, options: LogOptions): Promise<Readable | null>;
  /** null when there is no such node. */
  node(name: string): Promise<NodeFacts | null>;
  /** Warnings about the Pod, oldest first. */
  warnings(pod: PodIdentity): Promise<readonly PodWarning[]>;
}

export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Milliseconds without a byte after which a log that is not followed breaks; 30 s by default. */
  readonly patience?: number;
  readonly signal: AbortSignal;
}

export interface NodeFacts {
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Milliseconds: since when it is that. */
  readonly since: number;
}

export interface PodWarning {
  readonly reason: string;
  readonly message: string;
}

/** News of the installation's Pods: hints, which may come late or not at all; a GET is the truth. */
export interface PodNews {
  /**
   * Calls `listener` with each change of the Pod, and with null when it is gone, until the
   * returned function is called.
   */
  subscribe(
    namespace: string,
    name: string,
    listener: (facts: PodFacts | null) => void,
  ): () => void;
}
