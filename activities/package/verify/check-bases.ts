import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { externalImages } from '../../dockerfile/pin.ts';
import { platform } from '../../dockerfile/platform.ts';
import type { BuildInputs } from '../../dockerfile/stages.ts';
import { maxDockerfileBytes } from '../../dockerfile/statements.ts';
import { repositoryOf } from '../provenance/descriptors.ts';
import type { Statement } from '../provenance/statement.ts';

type Inputs = Omit<BuildInputs, 'platform'>;

const Container = z.looseObject({
  name: z.string(),
  buildArgs: z.record(z.string(), z.string()).default({}),
  target: z.string().nullable().default(null),
});
const Containers = z.array(Container);
/** Of a component's statement, or of an application's. */
const Parameters = z.looseObject({
  component: z.string().default(''),
  containers: Containers.default([]),
  components: z.array(z.looseObject({ name: z.string(), containers: Containers })).default([]),
});

/** What the statement says that decides which images a container's Dockerfile uses. */
export function dockerfileInputs({ predicate }: Statement, label: string, file: string): Inputs {
  const parsed = Parameters.safeParse(predicate.buildDefinition.externalParameters);
  const components = !parsed.success
    ? []
    : [
        { name: parsed.data.component, containers: parsed.data.containers },
        ...parsed.data.components,
      ];
  const found = components
    .flatMap(({ name, containers }) =>
      containers.map((container) => ({ ...container, label: `${name}/${container.name}` })),
    )
    .find((container) => container.label === label);
  return { file, buildArgs: found?.buildArgs ?? {}, target: found?.target ?? null };
}

/**
 * What is wrong with the images that a rendered Dockerfile names: each has to have a digest, and to be
 * among the materials. One of a stage that is not built may be there without a digest.
 *
 * @param materials base images as they were named, and their digests `sha256:…`
 */
export function baseProblems(
  text: string,
  inputs: Inputs,
  materials: readonly { readonly name: string; readonly digest: string }[],
): readonly string[] {
  const { file } = inputs;
  const size = Buffer.byteLength(text);
  if (size > maxDockerfileBytes) {
    return [`${file} has ${size} bytes, and at most ${maxDockerfileBytes} are ever built`];
  }
  const known = new Set(materials.map(({ name, digest }) => `${repositoryOf(name)}@${digest}`));
  try {
    return externalImages(text, { ...inputs, platform }).flatMap(
      ({ line, name, reference, needed }) => {
        const where = `${file}:${line}: ${name}`;
        if (reference.digest === null) return needed ? [`${where} has no digest`] : [];
        return known.has(`${repositoryOf(name)}@${reference.digest}`)
          ? []
          : [`${where} is no material`];
      },
    );
  } catch (error) {
    if (error instanceof ApplicationFailure) return [error.message];
    throw error;
  }
}
