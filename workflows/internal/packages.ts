import { isCancellation, workflowInfo } from '@temporalio/workflow';
import type { AssembleApplicationOutput } from '../contract/activities.ts';
import type { Application, Component } from '../contract/application.ts';
import type { ApplicationBuildState } from './application-state.ts';
import { failureOf } from './failure-of.ts';
import { activities, requestPolicy } from './policies.ts';

interface Packaging {
  readonly application: Application;
  readonly state: ApplicationBuildState;
}

/** Finds before the first Pod that an explicit version is published with another definition. */
export async function checkVersion(application: Application): Promise<void> {
  if (application.version === null) return;
  await activities(requestPolicy, application.version).checkVersion(packagingBuild(application));
}

/** Assembles the component's package when its last container is there; its failure is in `state`. */
export async function assembleIfComplete(
  component: Component,
  { application, state }: Packaging,
): Promise<void> {
  // Containers that end in one workflow task each find the component complete.
  if (!state.isComplete(component) || !state.claimPackage(component)) return;
  try {
    const { name } = component;
    const assembled = await activities(requestPolicy, name).assembleComponent({
      ...packagingBuild(application),
      component: name,
    });
    state.packaged(assembled);
  } catch (error) {
    if (isCancellation(error)) throw error;
    state.failures.push({ of: 'package', where: component.name, failure: failureOf(error) });
  }
}

/** Publishes the application's package, from those of its components. */
export async function assembleApplication({
  application,
  state,
}: Packaging): Promise<Pick<AssembleApplicationOutput, 'version' | 'package'>> {
  const assembled = await activities(requestPolicy, application.name).assembleApplication(
    packagingBuild(application),
  );
  state.published(assembled.version, assembled.package);
  return { version: assembled.version, package: assembled.package };
}

function packagingBuild({ name, version }: Application) {
  const { workflowId: buildId, runId } = workflowInfo();
  return { buildId, runId, application: { name, version } };
}
