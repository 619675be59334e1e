import type {
  Application,
  BuildSecret,
  BuiltContainer,
  Component,
  DefinitionSource,
  ExistingContainer,
  Source,
} from './application.ts';
import type { Attempt, ContainerVerdict, PackageRef } from './build.ts';
import type { FailureType } from './failures.ts';

/** Inputs and outputs of activities: JSON-safe, one object each, grown by optional fields only. */

export interface ResolveSourcesInput {
  readonly sources: readonly Source[];
}
/** A source whose ref has become a commit. */
export interface ResolvedSource extends Source {
  /** 40 hex digits. */
  readonly commit: string;
}
export interface ResolveSourcesOutput {
  /** In the input's order. */
  readonly sources: readonly ResolvedSource[];
}

export interface ReadDefinitionInput {
  readonly definition: DefinitionSource;
  /** Images are `<registry>/<application>/…` when the definition has no `spec.registry`. */
  readonly registry?: string;
}
export interface ReadDefinitionOutput {
  readonly application: Application;
  /** The commit that the definition was read from. */
  readonly commit: string;
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
  /** Whose container it is: by it the last build's inputs are found, and what has been published. */
  readonly identity?: ContainerIdentity;
}
export interface ContainerIdentity {
  readonly application: string;
  readonly component: string;
  /** The explicit version; null for a derived one. */
  readonly version: string | null;
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
  readonly why?: ContainerVerdict;
  /** For `verifyImage` to keep, once the image is proved. */
  readonly record?: InputsRecord;
  /** Kubernetes quantity: how far out of memory may raise an attempt's limit. */
  readonly memoryCeiling?: string;
  /** Seconds that the wait between two attempts takes at most, whatever they failed of. */
  readonly longestBackOff?: number;
}

/** What was rendered for a container: the plan, and the materials of its provenance. */
export interface RenderedContainer {
  /** What the builder gets to read. */
  readonly context: ContextRef;
  /** The pinned Dockerfile: its key in the store, and the `sha256:<hex>` of its bytes. */
  readonly dockerfile: { readonly object: string; readonly digest: string };
  /** External images that the Dockerfile names, each once. */
  readonly bases: readonly PinnedImage[];
  /** What builds it. */
  readonly builder: BuilderRef;
  /** `sha256:<hex>` over everything that makes the image what it is; the image is tagged with it. */
  readonly inputDigest: string;
}

/** The inputs of a container's last proved image, in the store: `inputs/<application>/<component>/<container>.json`. */
export interface InputsRecord {
  readonly object: string;
  readonly inputs: RecordedInputs;
}
export interface RecordedInputs {
  readonly inputDigest: string;
  readonly commit: string;
  /** Digest of the context. */
  readonly context: string;
  /** Digest of the rendered Dockerfile before it was pinned: a moved base is not its change. */
  readonly dockerfile: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly bases: readonly PinnedImage[];
  readonly builder: BuilderRef;
  /** Digest of what is left: target, platform, reproducible, flags. */
  readonly settings: string;
}
/** An image that a Dockerfile builds on, as it was found at its registry. */
export interface PinnedImage {
  /** As the Dockerfile names it. */
  readonly name: string;
  /** `sha256:<hex>` */
  readonly digest: string;
}
/** A builder, exactly. */
export interface BuilderRef {
  /** The strategy. */
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
  /** What a person should know although the build goes on, e.g. a layer cache that is away. */
  readonly warnings?: readonly string[];
}

export interface AwaitBuildPodInput {
  readonly attempt: AttemptIdentity;
  readonly pod: PodRef;
  /** Seconds from the Pod's creation to its start. */
  readonly queueTimeout: number;
  /** Build-time secrets, by name: their values are taken out of the log. */
  readonly secrets?: readonly BuildSecret[];
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
  /** What a person should know, e.g. of a layer cache that did not answer. */
  readonly warnings?: readonly string[];
}
export interface PodFailed extends PodTimes {
  readonly kind: 'failed';
  readonly failureType: FailureType;
  /** The evidence in a person's words: Pod facts, the log line that matched. */
  readonly reason: string;
  /** Last lines of the log, redacted, at most 4 KiB; null when there is none. */
  readonly log: string | null;
  /** What the container that failed was limited to, as the Pod had it: a namespace may set a default. */
  readonly limits?: { readonly memory?: string; readonly ephemeralStorage?: string };
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
  /** Kept when the image is proved. */
  readonly record?: InputsRecord;
}
export interface VerifyImageOutput {
  /** `repository@sha256:…` */
  readonly image: string;
}
export interface VerifyExistingImageInput {
  readonly container: ExistingContainer;
  /** By it is found what has been published. */
  readonly identity?: ContainerIdentity;
}
export interface VerifyExistingImageOutput {
  readonly image: string;
  readonly digest: string;
}

/**
 * A build, for what its packages are about. What it builds and what came of it is asked of itself, by
 * its queries: hundreds of containers would make a large payload.
 */
interface PackagingBuild {
  readonly buildId: string;
  readonly runId: string;
  readonly application: Pick<Application, 'name' | 'version'>;
}
/** Before anything is built of an explicit version. */
export type CheckVersionInput = PackagingBuild;
export interface AssembleComponentInput extends PackagingBuild {
  readonly component: string;
}
/** A component whose containers are all there: what its package is made of. */
export interface FinishedComponent {
  readonly component: Component;
  readonly containers: readonly FinishedContainer[];
}
/** One finished container, as the packages need it. */
export interface FinishedContainer {
  readonly name: string;
  readonly image: string;
  readonly digest: string;
  readonly commit: string | null;
  readonly inputDigest: string | null;
  /** null for an existing image. */
  readonly rendered: RenderedContainer | null;
  readonly attempts: readonly Attempt[];
}
export interface AssembleComponentOutput {
  readonly name: string;
  readonly version: string;
  readonly package: PackageRef;
  /** The version as a tag: every image built for the component has it now, existing ones do not. */
  readonly tags?: readonly string[];
  /** What a person should know of the package. */
  readonly warnings?: readonly string[];
}
export type AssembleApplicationInput = PackagingBuild;
export interface AssembleApplicationOutput {
  readonly version: string;
  readonly package: PackageRef;
}

/** Writes `results/<build id>.json` from the workflow's own answers: no payload carries a whole build. */
export interface RecordBuildInput {
  readonly buildId: string;
  readonly runId: string;
}
export interface RecordBuildOutput {
  readonly object: string;
}

/** Asks for URLs that read objects; they come back sealed, so that no history holds a credential. */
export interface PresignReadsInput {
  readonly reads: readonly ReadRequest[];
  /** X25519 public key of the one who asks, SPKI DER in base64. */
  readonly publicKey: string;
}
export type ReadRequest =
  /** A log's joined object, and its parts from number `from` on, `count` of them. */
  | {
      readonly kind: 'log';
      readonly buildId: string;
      readonly component: string;
      readonly container: string;
      readonly generation: number;
      readonly from: number;
      readonly count: number;
    }
  /** An object under `dockerfiles/`, `components/`, `applications/` or `results/`. */
  | { readonly kind: 'object'; readonly key: string };
export interface PresignReadsOutput {
  /** For the holder of the private key alone: see `activities/support/sealed.ts`. */
  readonly sealed: SealedMessage;
}
export interface SealedMessage {
  /** The sender's X25519 public key for this message alone, SPKI DER in base64. */
  readonly publicKey: string;
  /** Base64. */
  readonly nonce: string;
  /** AES-256-GCM with its tag, base64. */
  readonly ciphertext: string;
}

export interface SweepPodsOutput {
  readonly looked: number;
  /** Names of Pods whose container build is closed or gone. */
  readonly deleted: readonly string[];
}

export interface DiagnoseInput {
  /** What a definition needs beside what every build does; empty for none. */
  readonly sources: readonly Source[];
  readonly repositories: readonly {
    readonly repository: string;
    readonly pushSecret: string | null;
  }[];
  readonly buildSecrets: readonly Pick<BuildSecret, 'secret' | 'key'>[];
  /** Names of Secrets for pulling bases. */
  readonly pullSecrets?: readonly string[];
  /** Images that are not built. */
  readonly images?: readonly Pick<ExistingContainer, 'image' | 'pullSecret'>[];
}
export interface DiagnoseOutput {
  readonly checks: readonly DiagnosticCheck[];
}
/** One thing that a build needs. */
export interface DiagnosticCheck {
  /** E.g. `Kubernetes: create Pods in slipway`. */
  readonly name: string;
  /** `warning`: builds go on, and something is not as it should be; `failed`: builds that need it fail. */
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found, in a person's words. */
  readonly detail: string;
  /** What to do about it, as one sentence; null when all is well. */
  readonly remedy: string | null;
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
  readonly checkVersion: (input: CheckVersionInput) => Promise<void>;
  readonly assembleComponent: (input: AssembleComponentInput) => Promise<AssembleComponentOutput>;
  readonly assembleApplication: (
    input: AssembleApplicationInput,
  ) => Promise<AssembleApplicationOutput>;
  readonly readDefinition: (input: ReadDefinitionInput) => Promise<ReadDefinitionOutput>;
  readonly recordBuild: (input: RecordBuildInput) => Promise<RecordBuildOutput>;
  readonly presignReads: (input: PresignReadsInput) => Promise<PresignReadsOutput>;
  readonly sweepPods: () => Promise<SweepPodsOutput>;
  readonly diagnoseSource: (input: DiagnoseInput) => Promise<DiagnoseOutput>;
  readonly diagnosePods: () => Promise<DiagnoseOutput>;
}
