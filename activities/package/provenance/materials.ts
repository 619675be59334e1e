import type { FinishedContainer } from '../../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../../workflows/contract/application.ts';
import type { ContainerAndResult } from '../finished-containers.ts';
import { gitUri, imageUri, sha256Of } from './descriptors.ts';
import type { ResourceDescriptor } from './statement.ts';

/**
 * What a container was made of: its commit, context, base images and builder, each by digest; of an
 * existing image the image itself.
 *
 * @param label `<component>/<container>`
 */
export function materials(
  label: string,
  { container, finished }: ContainerAndResult,
): readonly ResourceDescriptor[] {
  const containers = [label];
  if (container.kind === 'existing') {
    return [image(container.image, finished.digest, { role: 'image', containers })];
  }
  const { rendered } = finished;
  return [
    ...source(container, finished, containers),
    ...(rendered === null
      ? []
      : [
          {
            name: rendered.context.object,
            // Of the canonical tar before compression; the object's key names it too.
            digest: sha256Of(rendered.context.digest),
            mediaType: 'application/x-tar',
            annotations: { role: 'context', containers },
          },
          ...rendered.bases.map(({ name, digest }) =>
            image(name, digest, { role: 'base image', containers }),
          ),
          image(rendered.builder.image, rendered.builder.image.replace(/^.*@/, ''), {
            role: 'builder',
            builder: rendered.builder.name,
            containers,
          }),
        ]),
  ];
}

function source(
  container: BuiltContainer,
  { commit }: FinishedContainer,
  containers: readonly string[],
): readonly ResourceDescriptor[] {
  if (commit === null) return [];
  const { git, ref } = container.source;
  return [
    {
      uri: gitUri(git, commit),
      digest: { gitCommit: commit },
      annotations: { role: 'source', ref, containers },
    },
  ];
}

function image(
  name: string,
  digest: string,
  annotations: NonNullable<ResourceDescriptor['annotations']>,
): ResourceDescriptor {
  return { name, uri: imageUri(name, digest), digest: sha256Of(digest), annotations };
}
