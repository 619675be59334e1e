import { createHash } from 'node:crypto';
import type { BuilderRef } from '../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../workflows/contract/application.ts';
import { mountType, runMounts } from './run-mounts.ts';
import { readStatements, type Statement } from './statements.ts';

/** How a container uses the layer cache that its definition names. */
export interface LayerCacheUse {
  /** Where layers are looked for and kept; null: nowhere. */
  readonly repository: string | null;
  /** The image has a layer for each instruction, whether the cache can be reached or not. */
  readonly layered: boolean;
  /** Why the cache is not used although it is wanted; null when it is, or is not wanted. */
  readonly warning: string | null;
}

/** What decides about the cache. */
export interface LayerCacheInputs {
  readonly container: Pick<
    BuiltContainer,
    'cache' | 'buildArgs' | 'builderFlags' | 'reproducible' | 'dockerfile'
  >;
  readonly builder: BuilderRef;
  /** Text, every base pinned. */
  readonly dockerfile: string;
}

const none: LayerCacheUse = { repository: null, layered: false, warning: null };

/**
 * Whether and where layers are cached: a function of the build's inputs alone, so that planning,
 * input digest and Pod agree.
 *
 * Kaniko keys a layer by base image, arguments and content. Buildah (1.28, measured) does by neither
 * the values of ARGs outside of RUN nor the base's configuration, so these go into the name of the
 * repository, `<repository>/<16 hex digits>`; what a RUN reads from a bind mount isn't in its keys
 * either and would come out stale: a Dockerfile with one is built without the cache.
 */
export function layerCacheUse({ container, builder, dockerfile }: LayerCacheInputs): LayerCacheUse {
  if (container.cache === undefined) return none;
  const { repository } = container.cache;
  if (builder.name === 'kaniko') return { repository, layered: false, warning: null };
  const { statements } = readStatements(dockerfile, container.dockerfile);
  const bound = statements.find(bindsContent);
  if (bound !== undefined) {
    return {
      ...none,
      warning: `${container.dockerfile}:${bound.line}: RUN --mount of files: buildah's layer cache does not notice when they change, so this container is built without it`,
    };
  }
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        builder.image.replace(/^.*@/, ''),
        statements.filter(({ keyword }) => keyword === 'FROM' || keyword === 'ARG').map(textOf),
        Object.entries(container.buildArgs).toSorted(([a], [b]) => (a < b ? -1 : 1)),
        container.builderFlags,
        container.reproducible,
      ]),
    )
    .digest('hex')
    .slice(0, 16);
  return { repository: `${repository}/${key}`, layered: true, warning: null };
}

/** Whether it mounts files of the context, of an image or of a stage. */
function bindsContent(statement: Statement): boolean {
  return runMounts(statement).some(
    (mount) => !/^(?:cache|secret|ssh|tmpfs)$/.test(mountType(mount)) || mount.has('from'),
  );
}

function textOf({ instruction }: Statement): string {
  return `${instruction.getKeyword()} ${instruction.getArgumentsContent() ?? ''}`;
}
