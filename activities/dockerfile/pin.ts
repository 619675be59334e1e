import { failure } from '../../workflows/contract/failures.ts';
import { parseImageReference, type ImageReference } from '../../definition/image-reference.ts';
import { isDigest } from '../support/digest.ts';
import type { ImageUse } from './image-uses.ts';
import { neededStages, readStages, type BuildInputs } from './stages.ts';

/** An image from outside that a Dockerfile uses. */
export interface ExternalImage extends ImageUse {
  readonly reference: ImageReference;
  /** False for an image of a stage that the target does not go through: it is never pulled. */
  readonly needed: boolean;
}

/**
 * Every external image that the Dockerfile names, in the order of the text: FROM, COPY --from and
 * RUN --mount from, variables resolved; not stages, not `scratch`.
 *
 * Throws `DockerfileInvalid`, with the line, for what is not an image reference or cannot be
 * known before the build.
 */
export function externalImages(text: string, inputs: BuildInputs): readonly ExternalImage[] {
  const stages = readStages(text, inputs);
  const needed = neededStages(stages, inputs);
  return stages.flatMap((stage, number) =>
    stage.externals.map((use) => {
      const parsed = parseImageReference(use.name);
      if (!parsed.ok) {
        throw failure(
          'DockerfileInvalid',
          `${inputs.file}:${use.line}: ${JSON.stringify(use.name)} is neither an earlier stage nor an image: it ${parsed.problem}`,
        );
      }
      return { ...use, reference: parsed.reference, needed: needed.has(number) };
    }),
  );
}

/**
 * The Dockerfile with images replaced by `<host>/<path>@<digest>`, every other character as it
 * was. The name is written in full, so that no builder's search list decides where it comes from.
 * An image that has a digest is kept, its variables resolved.
 *
 * Throws `RegistryUnavailable` for a digest that is none.
 *
 * @param digestOf the digest to pin an image to; null leaves it as it is
 */
export function pinDockerfile(
  text: string,
  images: readonly ExternalImage[],
  digestOf: (image: ExternalImage) => string | null,
): string {
  let pinned = '';
  let done = 0;
  for (const image of images.toSorted((a, b) => a.start - b.start)) {
    const name = pinnedName(image, digestOf(image));
    if (name === null) continue;
    pinned += text.slice(done, image.start) + name;
    done = image.end;
  }
  return pinned + text.slice(done);
}

function pinnedName(image: ExternalImage, digest: string | null): string | null {
  const { line, name, reference } = image;
  if (reference.digest !== null) return name;
  if (digest === null) return null;
  const full = `${reference.host}/${reference.path}`;
  // Whoever was asked for it has checked it; here it would be an instruction.
  if (!isDigest(digest)) {
    throw failure(
      'RegistryUnavailable',
      `${full} (line ${line}) cannot be pinned to ${JSON.stringify(digest)}: sha256: and 64 hex digits are expected`,
    );
  }
  return `${full}@${digest}`;
}
