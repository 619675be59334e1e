import type { Application, BuiltContainer, ExistingContainer, Source } from './application.ts';
import type { PackageRef } from './build.ts';
import type { FailureType } from './failures.ts';

/** Inputs and outputs of activities: JSON-safe, one object each, grown by optional fields only. */

export interface ResolveSourcesInput {
  readonly sources: readonly Source[];
}
export interface ResolvedSource extends Source {
  /** 40 hex digits. */
  readonly commit: string;
}
export interface ResolveSourcesOutput {
  /** In the input's order. */
  readonly sources: readonly ResolvedSource[];
}

export interface FetchSourceInput {
  readonly source: ResolvedSource;
  readonly context: string;
  /** Names the Dockerfile's own ignore file, `<dockerfile>.dockerignore`. */
  readonly dockerfile: string;
}
export interface FetchSourceOutput {
  readonly context: ContextRef;
}
/** A build context in the store. */
export interface ContextRef {
  /** `contexts/<hex of digest>.tar.gz` */
  readonly object: string;
  /** `sha256:<hex>` of the canonical uncompressed tar. */
  readonly digest: string;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
}

export interface RenderDockerfileInput {
  readonly source: ResolvedSource;
  readonly container: BuiltContainer;
  readonly context: ContextRef;
  /** Skip the look-up of an image with the same inputs. */
  readonly force: boolean;
}
export interface RenderDockerfileOutput {
  /** The pinned Dockerfile, kept in the store: `dockerfiles/<hex of digest>`. */
  readonly dockerfile: { readonly object: string; readonly digest: string };
  readonly bases: readonly PinnedImage[];
  readonly builder: BuilderRef;
  /** `sha256:<hex>` over everything that makes the image what it is. */
  readonly inputDigest: string;
  /** Digest of the image that has been built from the same inputs; null: build it. */
  readonly unchanged: string | null;
  readonly warnings: readonly string[];
}
export interface PinnedImage {
  /** As the Dockerfile names it. */
  readonly name: string;
  readonly digest: string;
}
export interface BuilderRef {
  readonly name: 'kaniko' | 'buildah';
  /** Image reference with digest. */
  readonly image: string;
}

/** Names one builder Pod: enough to find it again without having seen its creation. */
export interface AttemptIdentity {
  readonly buildId: string;
  readonly application: string;
  readonly component: string;
  readonly container: string;
  /** The child workflow's. */
  readonly workflowId: string;
  readonly firstRunId: string;
  readonly generation: number;
}

export interface CreateBuildPodInput {
  readonly attempt: AttemptIdentity;
  readonly container: BuiltContainer;
  readonly context: ContextRef;
  readonly dockerfile: { readonly object: string; readonly digest: string };
  readonly builder: BuilderRef;
  readonly inputDigest: string;
}
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface AwaitBuildPodInput {
  readonly attempt: AttemptIdentity;
  readonly pod: PodRef;
  /** Seconds from the Pod's creation to its start. */
  readonly queueTimeout: number;
}
export type PodOutcome = PodSucceeded | PodFailed;
interface PodTimes {
  /** ISO 8601: when the Pod was created, and when its end was seen. */
  readonly startedAt: string;
  readonly finishedAt: string;
}
interface PodSucceeded extends PodTimes {
  readonly kind: 'succeeded';
  /** What the builder reported; believed only after `verifyImage`. */
  readonly digest: string;
}
export interface PodFailed extends PodTimes {
  readonly kind: 'failed';
  readonly failureType: FailureType;
  /** The evidence in a person's words: Pod facts, the log line that matched. */
  readonly reason: string;
  /** Last lines of the log, redacted, at most 4 KiB; null when there is none. */
  readonly log: string | null;
}
/** What `awaitBuildPod` heartbeats. A hint for people; the Pod itself is the truth. */
export interface PodProgress {
  readonly podUid: string;
  readonly phase: string;
  readonly reason: string | null;
  readonly lastLogLine: string | null;
}

export interface DeleteBuildPodInput {
  readonly attempt: AttemptIdentity;
}

export interface VerifyImageInput {
  readonly repository: string;
  readonly digest: string;
  /** Tags to move to the digest, after it is proved. */
  readonly tags: readonly string[];
  readonly secret: string | null;
}
export interface VerifyImageOutput {
  /** `repository@sha256:…` */
  readonly image: string;
}
export interface VerifyExistingImageInput {
  readonly container: ExistingContainer;
}
export interface VerifyExistingImageOutput {
  readonly image: string;
  readonly digest: string;
}

/** One finished container, as the packages need it. */
export interface FinishedContainer {
  readonly name: string;
  readonly image: string;
  readonly digest: string;
  readonly commit: string | null;
  readonly inputDigest: string | null;
  readonly dockerfile: { readonly object: string; readonly digest: string } | null;
}
export interface AssembleComponentInput {
  readonly application: Pick<Application, 'name' | 'version'>;
  readonly component: Application['components'][number];
  readonly containers: readonly FinishedContainer[];
}
export interface AssembleComponentOutput {
  readonly name: string;
  readonly version: string;
  readonly package: PackageRef;
  /** The version as a tag: every image built for the component has it now, existing ones do not. */
  readonly tags?: readonly string[];
}
export interface AssembleApplicationInput {
  readonly application: Pick<Application, 'name' | 'version'>;
  /** Their packages tell the rest: hundreds of containers would make a large payload. */
  readonly components: readonly AssembleComponentOutput[];
}
export interface AssembleApplicationOutput {
  readonly version: string;
  readonly package: PackageRef;
}

/** All activities, as workflows know them. */
export interface Activities {
  readonly resolveSources: (input: ResolveSourcesInput) => Promise<ResolveSourcesOutput>;
  readonly fetchSource: (input: FetchSourceInput) => Promise<FetchSourceOutput>;
  readonly renderDockerfile: (input: RenderDockerfileInput) => Promise<RenderDockerfileOutput>;
  readonly createBuildPod: (input: CreateBuildPodInput) => Promise<PodRef>;
  readonly awaitBuildPod: (input: AwaitBuildPodInput) => Promise<PodOutcome>;
  readonly deleteBuildPod: (input: DeleteBuildPodInput) => Promise<void>;
  readonly verifyImage: (input: VerifyImageInput) => Promise<VerifyImageOutput>;
  readonly verifyExistingImage: (
    input: VerifyExistingImageInput,
  ) => Promise<VerifyExistingImageOutput>;
  readonly assembleComponent: (input: AssembleComponentInput) => Promise<AssembleComponentOutput>;
  readonly assembleApplication: (
    input: AssembleApplicationInput,
  ) => Promise<AssembleApplicationOutput>;
}
