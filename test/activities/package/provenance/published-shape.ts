import { z } from 'zod';

/**
 * The JSON form of in-toto's Statement v1 and SLSA's Provenance v1 as their specifications have it
 * (in-toto/attestation spec/v1, slsa.dev/spec/v1.1/provenance): every field that exists, and no
 * other. Written from the specifications, not from what Slipway writes.
 */

// RFC 3986: a scheme, then no character that has to be escaped.
const uri = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-F]{2})+$/);
const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/);

/** Fixed lengths of the algorithms that digest_set.md names and Slipway uses. */
const digestSet = z
  .strictObject({
    sha256: hex.length(64).optional(),
    gitCommit: hex.length(40).optional(),
  })
  .refine((set) => Object.keys(set).length > 0, { error: 'an empty digest set' });

const descriptor = z
  .strictObject({
    name: z.string().min(1).optional(),
    uri: uri.optional(),
    digest: digestSet.optional(),
    content: z.base64().optional(),
    downloadLocation: uri.optional(),
    mediaType: z
      .string()
      .regex(/^[a-z]+\/[a-z0-9.+-]+$/)
      .optional(),
    annotations: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ uri: at, digest, content }) => (at ?? digest ?? content) !== undefined, {
    error: 'a descriptor needs uri, digest or content',
  });

const timestamp = z.iso.datetime({ offset: false });

export const publishedStatement = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(descriptor.refine(({ digest }) => digest !== undefined)).min(1),
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: uri,
      externalParameters: z.record(z.string(), z.unknown()),
      internalParameters: z.record(z.string(), z.unknown()).optional(),
      resolvedDependencies: z.array(descriptor).optional(),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({
        id: uri,
        version: z.record(z.string(), z.string()).optional(),
        builderDependencies: z.array(descriptor).optional(),
      }),
      metadata: z
        .strictObject({
          invocationId: z.string().optional(),
          startedOn: timestamp.optional(),
          finishedOn: timestamp.optional(),
        })
        .optional(),
      byproducts: z.array(descriptor).optional(),
    }),
  }),
});
