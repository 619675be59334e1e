import type { Attempt, PackageRef } from '../../../workflows/contract/build.ts';
import { dockerfilePath, type ComponentContents } from '../component-package.ts';
import { finishedContainers, type ContainerAndResult } from '../finished-containers.ts';
import { merged, repositoryOf, sha256Of } from './descriptors.ts';
import { materials } from './materials.ts';
import { containerParameters } from './parameters.ts';
import {
  buildTypes,
  predicateType,
  runDetails,
  statementType,
  type ResourceDescriptor,
  type RunFacts,
  type Statement,
  type Subject,
} from './statement.ts';

/** How a component's package and the images in it came about. */
export function componentProvenance(
  contents: ComponentContents,
  version: string,
  { object, sha256 }: PackageRef,
  facts: RunFacts,
): Statement {
  const { application, component } = contents;
  const containers = finishedContainers(contents);
  const labelled = containers.map((item) => ({
    item,
    label: `${component.name}/${item.container.name}`,
  }));
  const attempts = containers.flatMap(({ finished }) => finished.attempts);
  return {
    _type: statementType,
    subject: [{ name: object, digest: { sha256 } }, ...builtImages(containers)],
    predicateType,
    predicate: {
      buildDefinition: {
        buildType: buildTypes.component,
        externalParameters: {
          application: application.name,
          component: component.name,
          version: application.version,
          containers: containerParameters(component),
        },
        internalParameters: { version, containers: labelled.map(resolvedContainer) },
        resolvedDependencies: merged(labelled.flatMap(({ label, item }) => materials(label, item))),
      },
      runDetails: runDetails(
        facts,
        attempts.map(({ startedAt }) => startedAt),
        labelled.flatMap(({ label, item }) => byproducts(label, item, facts.buildId)),
      ),
    },
  };
}

interface Labelled {
  readonly item: ContainerAndResult;
  readonly label: string;
}

/** Existing images are someone else's work: they are materials. */
function builtImages(containers: readonly ContainerAndResult[]): readonly Subject[] {
  return containers
    .filter(({ container }) => container.kind === 'build')
    .map(({ finished }) => ({
      name: repositoryOf(finished.image),
      digest: sha256Of(finished.digest),
    }));
}

/** `reused`: the image is an earlier build's, of the same inputs. */
function resolvedContainer({ item: { container, finished } }: Labelled): object {
  return {
    name: container.name,
    image: finished.image,
    ...(container.kind === 'existing'
      ? {}
      : { inputDigest: finished.inputDigest, reused: finished.attempts.length === 0 }),
  };
}

/** Attempts with their logs, and the rendered Dockerfile. */
function byproducts(
  label: string,
  { container, finished }: ContainerAndResult,
  buildId: string,
): readonly ResourceDescriptor[] {
  const [component = ''] = label.split('/');
  const dockerfile: readonly ResourceDescriptor[] =
    finished.rendered === null
      ? []
      : [
          {
            name: `${component}/${dockerfilePath(container.name)}`,
            digest: sha256Of(finished.rendered.dockerfile.digest),
            annotations: { role: 'dockerfile', containers: [label] },
          },
        ];
  return [...dockerfile, ...finished.attempts.map((one) => attempt(label, one, buildId))];
}

/** Not the evidence in words: it may quote the log, and logs are kept for a shorter time. */
function attempt(label: string, one: Attempt, buildId: string): ResourceDescriptor {
  const { generation, pod, outcome, failureType, decision, startedAt, finishedAt } = one;
  const object = `logs/${buildId}/${label}/${generation}`;
  return {
    name: object,
    uri: `slipway:${object}`,
    annotations: {
      role: 'attempt',
      containers: [label],
      generation,
      pod,
      outcome,
      failureType,
      decision,
      startedAt,
      finishedAt,
    },
  };
}
