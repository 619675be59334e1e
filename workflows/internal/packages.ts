import { isCancellation } from '@temporalio/workflow';
import type { AssembleApplicationOutput, FinishedContainer } from '../contract/activities.ts';
import type { Application, Component, Container } from '../contract/application.ts';
import type { BuildContainerOutput } from '../contract/messages.ts';
import type { ApplicationBuildState } from './application-state.ts';
import { failureOf } from './failure-of.ts';
import { activities, requestPolicy } from './policies.ts';

export interface Packaging {
  readonly buildId: string;
  readonly application: Application;
  readonly state: ApplicationBuildState;
  readonly outputs: ReadonlyMap<Container, BuildContainerOutput>;
}

/** Assembles the component's package when its last container is there; its failure is in `state`. */
export async function assembleIfComplete(
  component: Component,
  { buildId, application, state, outputs }: Packaging,
): Promise<void> {
  // Containers that end in one workflow task each find the component complete.
  if (!state.isComplete(component) || !state.claimPackage(component)) return;
  try {
    const assembled = await activities(requestPolicy, component.name).assembleComponent({
      buildId,
      application: { name: application.name, version: application.version },
      component,
      containers: component.containers.map((container) => finished(container, outputs)),
    });
    state.packaged(assembled);
  } catch (error) {
    if (isCancellation(error)) throw error;
    state.failures.push({ of: 'package', where: component.name, failure: failureOf(error) });
  }
}

/** Publishes the application's package, from those of its components. */
export async function assembleApplication({
  buildId,
  application,
  state,
}: Packaging): Promise<Pick<AssembleApplicationOutput, 'version' | 'package'>> {
  const assembled = await activities(requestPolicy, application.name).assembleApplication({
    buildId,
    application: { name: application.name, version: application.version },
    components: application.components.map(({ name }) => present(state.packages.get(name), name)),
  });
  state.published(assembled.version, assembled.package);
  return { version: assembled.version, package: assembled.package };
}

function finished(
  container: Container,
  outputs: ReadonlyMap<Container, BuildContainerOutput>,
): FinishedContainer {
  const output = present(outputs.get(container), container.name);
  const { result, dockerfile, commit, rendered } = output;
  return {
    name: container.name,
    image: present(result.image, container.name),
    digest: present(result.digest, container.name),
    inputDigest: result.inputDigest,
    commit,
    dockerfile,
    ...(rendered === undefined ? {} : { rendered }),
    attempts: result.attempts,
  };
}

function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new TypeError(`${what} is missing`);
  return value;
}
