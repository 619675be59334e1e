import type { Registry } from '../activities/registry/registry.ts';
import type { InstallationSettings } from '../activities/support/settings.ts';
import { SettingsError, type WorkerSettings } from './config.ts';
import { pinned } from './pinned-image.ts';

/**
 * Which builders can be used, by digest, and which is the default. A builder whose image's
 * registry does not answer is left out: its tag could not be pinned, and nodes could hardly pull it.
 *
 * @throws SettingsError when the builder asked for can't be used, or none can
 */
export async function chooseBuilders(
  settings: Pick<
    WorkerSettings,
    'SLIPWAY_BUILDER' | 'SLIPWAY_KANIKO_IMAGE' | 'SLIPWAY_BUILDAH_IMAGE'
  >,
  registry: Registry,
): Promise<Pick<InstallationSettings, 'defaultBuilder' | 'builderImages'>> {
  const [kaniko, buildah] = await Promise.all([
    pinned(settings.SLIPWAY_KANIKO_IMAGE, registry),
    settings.SLIPWAY_BUILDAH_IMAGE === undefined
      ? null
      : pinned(settings.SLIPWAY_BUILDAH_IMAGE, registry),
  ]);
  const builderImages = { kaniko, buildah };
  const wanted = settings.SLIPWAY_BUILDER;
  const defaultBuilder = wanted === 'auto' ? (kaniko === null ? 'buildah' : 'kaniko') : wanted;
  if (builderImages[defaultBuilder] === null) {
    throw new SettingsError(
      `no image for the default builder ${defaultBuilder}: set SLIPWAY_KANIKO_IMAGE or SLIPWAY_BUILDAH_IMAGE to an image that its registry serves, or choose with SLIPWAY_BUILDER`,
    );
  }
  return { defaultBuilder, builderImages };
}
