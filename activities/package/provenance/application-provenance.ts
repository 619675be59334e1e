import type { AssembleComponentOutput } from '../../../workflows/contract/activities.ts';
import type { PackageRef } from '../../../workflows/contract/build.ts';
import { compareText } from '../../support/canonical.ts';
import { merged } from './descriptors.ts';
import {
  buildTypes,
  predicateType,
  runDetails,
  statementMediaType,
  statementType,
  type ResourceDescriptor,
  type RunFacts,
  type Statement,
  type Subject,
} from './statement.ts';

/** A component's package with what its own provenance says. */
export interface ComponentProvenance {
  readonly component: AssembleComponentOutput;
  /** Key and hex SHA-256 of the statement. */
  readonly ref: PackageRef;
  readonly statement: Statement;
}

/**
 * How an application's package came about: all that its components' provenance says, and these.
 *
 * @param application name and explicit version, as the definition has them
 */
export function applicationProvenance(
  application: { readonly name: string; readonly version: string | null },
  components: readonly ComponentProvenance[],
  version: string,
  { object, sha256 }: PackageRef,
  facts: RunFacts,
): Statement {
  const sorted = components.toSorted((a, b) => compareText(a.component.name, b.component.name));
  const predicates = sorted.map(({ statement }) => statement.predicate);
  return {
    _type: statementType,
    subject: [
      { name: object, digest: { sha256 } },
      ...distinct(sorted.flatMap((component) => builtImages(component))),
    ],
    predicateType,
    predicate: {
      buildDefinition: {
        buildType: buildTypes.application,
        externalParameters: {
          application: application.name,
          version: application.version,
          components: sorted.map(({ component, statement }) => ({
            name: component.name,
            containers: statement.predicate.buildDefinition.externalParameters['containers'] ?? [],
          })),
        },
        internalParameters: {
          version,
          components: sorted.map(({ component, statement }) => ({
            name: component.name,
            version: component.version,
            containers: statement.predicate.buildDefinition.internalParameters['containers'] ?? [],
          })),
        },
        resolvedDependencies: merged([
          ...predicates.flatMap(({ buildDefinition }) => buildDefinition.resolvedDependencies),
          ...sorted.map(({ component }) => componentPackage(component)),
        ]),
      },
      runDetails: runDetails(
        facts,
        predicates.flatMap(({ runDetails: { metadata } }) =>
          metadata.startedOn !== undefined && metadata.invocationId === facts.buildId
            ? [metadata.startedOn]
            : [],
        ),
        [
          ...predicates.flatMap(({ runDetails: { byproducts } }) => byproducts),
          ...sorted.map(componentStatement),
        ],
      ),
    },
  };
}

function builtImages({ component, statement }: ComponentProvenance): readonly Subject[] {
  return statement.subject.filter(({ name }) => name !== component.package.object);
}

function distinct(subjects: readonly Subject[]): readonly Subject[] {
  return [...new Map(subjects.map((subject) => [JSON.stringify(subject), subject])).values()];
}

function componentPackage({ package: { object, sha256 } }: AssembleComponentOutput) {
  return { name: object, digest: { sha256 }, annotations: { role: 'component package' } };
}

/** A component of a derived version may be an earlier build's: its own statement says whose. */
function componentStatement({ ref, statement }: ComponentProvenance): ResourceDescriptor {
  const { invocationId } = statement.predicate.runDetails.metadata;
  return {
    name: ref.object,
    digest: { sha256: ref.sha256 },
    mediaType: statementMediaType,
    annotations: {
      role: 'component provenance',
      ...(invocationId === undefined ? {} : { invocationId }),
    },
  };
}
