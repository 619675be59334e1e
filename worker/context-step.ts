import { readFile } from 'node:fs/promises';
import type { Registry } from '../activities/registry/registry.ts';
import type { InstallationSettings } from '../activities/support/settings.ts';
import { SettingsError, type WorkerSettings } from './config.ts';
import { pinned } from './pinned-image.ts';

/** The program that builder Pods run; it is sent as it is written, so that an image needs no build. */
const program = new URL('../activities/build-pod/context-step/fetch-context.ts', import.meta.url);

/**
 * What builder Pods fetch their context with.
 *
 * @throws SettingsError when the registry does not serve the image
 */
export async function contextStep(
  { SLIPWAY_CONTEXT_IMAGE: reference }: Pick<WorkerSettings, 'SLIPWAY_CONTEXT_IMAGE'>,
  registry: Pick<Registry, 'resolve'>,
): Promise<InstallationSettings['contextStep']> {
  const [image, text] = await Promise.all([pinned(reference, registry), readFile(program, 'utf8')]);
  if (image !== null) return { image, program: text };
  throw new SettingsError(
    `the registry of ${reference} does not serve it: set SLIPWAY_CONTEXT_IMAGE to an image with Node.js 24 and tar that it does, e.g. the worker's own; with a digest no registry is asked`,
  );
}
