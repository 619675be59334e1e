import { describeRefusedFlag, isBuilderFlagAllowed } from '../../definition/builder-flags.ts';
import type { BuilderRef } from '../../workflows/contract/activities.ts';
import type { BuilderName, BuiltContainer } from '../../workflows/contract/application.ts';
import { failure } from '../../workflows/contract/failures.ts';
import type { InstallationSettings } from '../support/settings.ts';

/**
 * The builder that a container is built with, checked to take what the container asks of it: the
 * parser knows only the builder that the definition names, not the installation's default.
 *
 * Throws `BuilderImagePull` for a builder that the installation has no image of, and
 * `InvalidDefinition` for a flag or for logins that the builder does not take.
 */
export function chooseBuilder(
  container: BuiltContainer,
  settings: Pick<InstallationSettings, 'defaultBuilder' | 'builderImages'>,
): BuilderRef {
  const name = container.builder ?? settings.defaultBuilder;
  const image = settings.builderImages[name];
  if (image === null) {
    throw failure(
      'BuilderImagePull',
      `this installation has no image for the builder ${name}: expected SLIPWAY_${name.toUpperCase()}_IMAGE to name one by digest, or the container another \`builder\``,
    );
  }
  checkFlags(name, container);
  if (name === 'kaniko') checkLogins(container);
  return { name, image };
}

function checkFlags(builder: BuilderName, { name, builderFlags }: BuiltContainer): void {
  const refused = builderFlags.find((flag) => !isBuilderFlagAllowed(flag, builder));
  if (refused === undefined) return;
  const { message, expected } = describeRefusedFlag(refused, builder);
  throw failure('InvalidDefinition', `${name}: builderFlags: ${message}; expected ${expected}`);
}

/** Kaniko pulls and pushes in one process with one docker configuration. */
function checkLogins({ name, pullSecret, pushSecret }: BuiltContainer): void {
  if (pullSecret === null || pushSecret === null || pullSecret === pushSecret) return;
  throw failure(
    'InvalidDefinition',
    `${name}: kaniko reads one docker configuration, but pullSecret is ${pullSecret} and pushSecret ${pushSecret}; name one Secret that holds the logins of all registries (annotated with all their hosts) as both, or use the builder buildah`,
  );
}
