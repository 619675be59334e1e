import { z } from 'zod';

export const statementType = 'https://in-toto.io/Statement/v1';
export const predicateType = 'https://slsa.dev/provenance/v1';
export const statementMediaType = 'application/vnd.in-toto+json';

/** What Slipway's parameters and annotations mean: docs/provenance.md. */
export const buildTypes = {
  component: 'slipway:build/component/v1',
  application: 'slipway:build/application/v1',
} as const;

/** Lower-case hex by algorithm, `gitCommit` among them (in-toto: digest_set). */
const DigestSet = z.record(z.string(), z.string().regex(/^[0-9a-f]+$/)).readonly();

/** Says what a descriptor is, and the containers (`<component>/<container>`) that it belongs to. */
const Annotations = z
  .looseObject({
    role: z.string().exactOptional(),
    containers: z.array(z.string()).readonly().exactOptional(),
  })
  .readonly();

const ResourceDescriptor = z
  .object({
    name: z.string().exactOptional(),
    uri: z.string().exactOptional(),
    digest: DigestSet.exactOptional(),
    mediaType: z.string().exactOptional(),
    annotations: Annotations.exactOptional(),
  })
  .readonly();
/** An in-toto ResourceDescriptor, of which `uri` or `digest` is there. */
export type ResourceDescriptor = z.infer<typeof ResourceDescriptor>;

const Subject = z.object({ name: z.string(), digest: DigestSet }).readonly();
export type Subject = z.infer<typeof Subject>;

const ExternalParameters = z
  .looseObject({
    application: z.string(),
    /** As the definition has it; null for a derived one. */
    version: z.string().nullable(),
  })
  .readonly();
const InternalParameters = z.looseObject({ version: z.string() }).readonly();

const Predicate = z
  .object({
    buildDefinition: z
      .object({
        buildType: z.string(),
        externalParameters: ExternalParameters,
        internalParameters: InternalParameters,
        resolvedDependencies: z.array(ResourceDescriptor).readonly(),
      })
      .readonly(),
    runDetails: z
      .object({
        builder: z
          .object({ id: z.string(), version: z.record(z.string(), z.string()).readonly() })
          .readonly(),
        metadata: z
          .object({
            invocationId: z.string().exactOptional(),
            startedOn: z.string().exactOptional(),
            finishedOn: z.string(),
          })
          .readonly(),
        byproducts: z.array(ResourceDescriptor).readonly(),
      })
      .readonly(),
  })
  .readonly();

/** An in-toto Statement v1 with SLSA's provenance v1, as far as Slipway writes it. */
export const Statement = z
  .object({
    _type: z.literal(statementType),
    subject: z.array(Subject).readonly(),
    predicateType: z.literal(predicateType),
    predicate: Predicate,
  })
  .readonly();
export type Statement = z.infer<typeof Statement>;

/** Who ran the build, and when. */
export interface RunFacts {
  readonly buildId: string;
  readonly installation: string;
  /** Of Slipway. */
  readonly release: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @param startedAt ISO 8601, of what ran for this build; empty where everything was there */
export function runDetails(
  facts: RunFacts,
  startedAt: readonly string[],
  byproducts: readonly ResourceDescriptor[],
): Statement['predicate']['runDetails'] {
  const [startedOn] = startedAt.toSorted();
  return {
    builder: {
      id: `slipway:installation/${facts.installation}`,
      version: { slipway: facts.release },
    },
    metadata: {
      invocationId: facts.buildId,
      ...(startedOn === undefined ? {} : { startedOn }),
      finishedOn: new Date(facts.now).toISOString(),
    },
    byproducts,
  };
}
