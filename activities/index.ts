import type { Activities } from '../workflows/contract/activities.ts';
import {
  createAwaitBuildPod,
  type AwaitBuildPodDependencies,
} from './build-pod/await-build-pod.ts';
import { createCreateBuildPod } from './build-pod/create-build-pod.ts';
import { createDeleteBuildPod } from './build-pod/delete-build-pod.ts';
import { withPromptCancel } from './build-pod/prompt-cancel.ts';
import { createSweepPods } from './build-pod/sweep-pods.ts';
import { createDiagnosePods, type AccessReviews } from './diagnose/diagnose-pods.ts';
import { createDiagnoseSource } from './diagnose/diagnose-source.ts';
import { createRenderDockerfile } from './dockerfile/render-dockerfile.ts';
import { createAssembleApplication } from './package/assemble-application.ts';
import { createAssembleComponent } from './package/assemble-component.ts';
import { createCheckVersion } from './package/check-version.ts';
import { createRecordBuild } from './record/record-build.ts';
import type { Registry } from './registry/registry.ts';
import { createVerifyExistingImage } from './registry/verify-existing-image.ts';
import { createVerifyImage } from './registry/verify-image.ts';
import { createFetchSource } from './source/fetch-source.ts';
import { createReadDefinition } from './source/read-definition.ts';
import { createResolveSources } from './source/resolve-sources.ts';
import type { SourceTrees } from './source/source-trees.ts';
import { createPresignReads, type PresignReadsDependencies } from './store/presign-reads.ts';
import type { Executions } from './support/executions.ts';
import { heartbeating } from './support/heartbeating.ts';
import type { Secrets } from './support/secrets.ts';
import type { InstallationSettings } from './support/settings.ts';

/** Adapters of everything outside that activities touch. */
export interface ActivityDependencies extends Omit<AwaitBuildPodDependencies, 'settings'> {
  readonly trees: SourceTrees;
  readonly registry: Registry;
  readonly secrets: Secrets;
  readonly executions: Executions;
  /** Signs the URLs that clients get. */
  readonly clientStore: PresignReadsDependencies['store'];
  readonly accessReviews: AccessReviews;
  readonly settings: InstallationSettings;
}

/** All activities of Slipway, over the given adapters. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  return {
    resolveSources: createResolveSources(dependencies),
    fetchSource: createFetchSource(dependencies),
    renderDockerfile: heartbeating(createRenderDockerfile(dependencies)),
    createBuildPod: withPromptCancel(createCreateBuildPod(dependencies)),
    awaitBuildPod: createAwaitBuildPod(dependencies),
    deleteBuildPod: heartbeating(createDeleteBuildPod(dependencies)),
    verifyImage: heartbeating(createVerifyImage(dependencies)),
    verifyExistingImage: heartbeating(createVerifyExistingImage(dependencies)),
    checkVersion: heartbeating(createCheckVersion(dependencies)),
    assembleComponent: heartbeating(createAssembleComponent(dependencies)),
    assembleApplication: heartbeating(createAssembleApplication(dependencies)),
    readDefinition: createReadDefinition(dependencies),
    recordBuild: heartbeating(createRecordBuild(dependencies)),
    presignReads: createPresignReads({ ...dependencies, store: dependencies.clientStore }),
    sweepPods: createSweepPods(dependencies),
    diagnoseSource: createDiagnoseSource(dependencies),
    diagnosePods: createDiagnosePods(dependencies),
  };
}
