import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

import type { Reporter } from '../../reporter.ts';
import type { Environment } from '../locate.ts';
import { withLock } from '../lock.ts';
import { withTemporaryDirectory } from '../temporary.ts';
import type { MadeImage, Tools } from '../tools.ts';
import type { Recipe } from './recipes.ts';
import { imageRecipes } from './recipes.ts';

export interface MakeImagesOptions {
  readonly tools: Pick<Tools, 'busybox' | 'mmdebstrap' | 'environment'>;
  readonly cacheDirectory: string;
  readonly environment: Environment;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the images that the local environment serves, or finds them in the cache, where each is
 * kept under a hash of its recipe: a new CA bundle of the host, other sources of packages or
 * another busybox make new ones; new versions of Debian's packages alone don't.
 */
export async function makeImages(options: MakeImagesOptions): Promise<readonly MadeImage[]> {
  return findOrMake(await recipesFor(options), options);
}

/**
 * As `makeImages`, for those images alone that Dockerfiles name. What only root can make and isn't
 * in the cache is left out, with a warning, where this process may not.
 */
export async function makeBaseImages(
  options: MakeImagesOptions & { readonly mayActAsRoot: boolean },
): Promise<readonly MadeImage[]> {
  const recipes = (await recipesFor(options)).filter(({ repository }) =>
    repository.startsWith('library/'),
  );
  const cached = await Promise.all(recipes.map((recipe) => cachedImage(recipe, options)));
  const isPossible = (recipe: Recipe, index: number): boolean =>
    cached[index] !== undefined || !recipe.needsRoot || options.mayActAsRoot;
  const impossible = recipes.filter((recipe, index) => !isPossible(recipe, index));
  for (const { repository } of impossible) {
    options.reporter.warn(
      `The image ${repository} can only be made by root: it isn't served here, and builders get it from docker.io.`,
    );
  }
  return findOrMake(recipes.filter(isPossible), options);
}

function recipesFor(options: MakeImagesOptions): Promise<readonly Recipe[]> {
  return imageRecipes({ ...options, workDirectory: workDirectory(options) });
}

async function findOrMake(
  recipes: readonly Recipe[],
  options: MakeImagesOptions,
): Promise<readonly MadeImage[]> {
  const cached = await Promise.all(recipes.map((recipe) => cachedImage(recipe, options)));
  if (cached.every((image) => image !== undefined)) return cached;
  const { reporter, signal } = options;
  const whileWaiting = (holder: number, wait: () => Promise<void>): Promise<void> =>
    reporter.step(`Waiting: process ${holder} is making the same images`, wait);
  const lock = join(options.cacheDirectory, 'images.lock');
  return withLock(lock, { whileWaiting, signal }, () =>
    Promise.all(
      recipes.map(
        async (recipe) =>
          (await cachedImage(recipe, options)) ?? (await makeImage(recipe, options)),
      ),
    ),
  );
}

async function makeImage(recipe: Recipe, options: MakeImagesOptions): Promise<MadeImage> {
  const directory = imageDirectory(recipe, options);
  await options.reporter.step(`Making the image ${recipe.repository}`, (note) =>
    withTemporaryDirectory(workDirectory(options), 'image-', async (temporary) => {
      const made = await recipe.make(join(temporary, 'layout'), note);
      await writeFile(join(temporary, 'image.json'), JSON.stringify(made));
      await rm(directory, { recursive: true, force: true });
      await rename(temporary, directory);
    }),
  );
  const image = await cachedImage(recipe, options);
  if (image === undefined) throw new Error(`${directory} vanished while it was made`);
  return image;
}

const MadeFile = z.object({ digest: z.string(), tags: z.tuple([z.string()], z.string()) });

async function cachedImage(
  recipe: Recipe,
  options: MakeImagesOptions,
): Promise<MadeImage | undefined> {
  const directory = imageDirectory(recipe, options);
  let text: string;
  try {
    text = await readFile(join(directory, 'image.json'), 'utf8');
  } catch {
    return undefined;
  }
  const { digest, tags } = MadeFile.parse(JSON.parse(text));
  const [first, ...rest] = tags;
  const name = `${recipe.repository}:${first}`;
  return { name, tags: rest, layout: join(directory, 'layout'), digest };
}

function imageDirectory(recipe: Recipe, options: MakeImagesOptions): string {
  const name = `${recipe.repository.replaceAll('/', '-')}-${recipe.key}`;
  return join(options.cacheDirectory, 'images', name);
}

/** Beside the finished images, so that a rename moves them there. */
function workDirectory(options: MakeImagesOptions): string {
  return join(options.cacheDirectory, 'images', '.work');
}
