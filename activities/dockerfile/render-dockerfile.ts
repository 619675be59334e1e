import { posix } from 'node:path';
import { formatImageReference } from '../../definition/image-reference.ts';
import type {
  PinnedImage,
  RenderDockerfileInput,
  RenderDockerfileOutput,
} from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { inputTag } from '../../workflows/contract/ids.ts';
import { refusePublishedVersion } from '../package/published-version.ts';
import type { Registry } from '../registry/registry.ts';
import { placeholderWarnings } from '../source/placeholder-warnings.ts';
import type { SourceTrees } from '../source/source-trees.ts';
import { digestOf } from '../support/digest.ts';
import { checkMountedSecrets } from '../support/mounted-secrets.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { Secrets } from '../support/secrets.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { chooseBuilder } from './choose-builder.ts';
import { inputDigest, type ImageInputs } from './input-digest.ts';
import { layerCacheUse } from './layer-cache.ts';
import { lintDockerfile } from './lint.ts';
import { externalImages, pinDockerfile, type ExternalImage } from './pin.ts';
import { platform } from './platform.ts';
import { readDockerfile } from './read-dockerfile.ts';
import { inputsObject, readInputs, recordedInputs } from './recorded-inputs.ts';
import { resolveBases } from './resolve-bases.ts';
import { checkSecretMounts } from './secret-mounts.ts';
import type { BuildInputs } from './stages.ts';
import { maxDockerfileBytes } from './statements.ts';
import { renderTemplate } from './template.ts';
import { containerVerdict } from './why.ts';

export interface RenderDockerfileDependencies {
  readonly trees: Pick<SourceTrees, 'withTree'>;
  readonly store: Pick<ObjectStore, 'put' | 'get'>;
  readonly registry: Pick<Registry, 'resolve' | 'resolvePushed'>;
  readonly secrets: Pick<Secrets, 'requireRegistryUse' | 'requireBuildUse'>;
  readonly settings: Pick<
    InstallationSettings,
    'defaultBuilder' | 'builderImages' | 'memoryCeiling' | 'longestBackOff'
  >;
}

const maxWarnings = 20;
const longestWarning = 1_000;

/**
 * The activity that turns a container's Dockerfile into the one that is built: rendered, every
 * base pinned, in the store, with the digest of all inputs and the image they led to before.
 *
 * Throws `SourceNotFound`, `ContextRefused`, `TemplateInvalid`, `DockerfileInvalid`,
 * `BaseImageNotFound`, `BuilderImagePull`, `InvalidDefinition` (what the builder does not take),
 * `SecretNotFound`, `VersionExists`, and what registry, store and source trees throw.
 */
export function createRenderDockerfile(
  dependencies: RenderDockerfileDependencies,
): (input: RenderDockerfileInput) => Promise<RenderDockerfileOutput> {
  const { trees, store, registry, secrets, settings } = dependencies;

  return async function renderDockerfile(input) {
    const { source, container, context, force, identity } = input;
    const builder = chooseBuilder(container, settings);
    const file = posix.join(container.context, container.dockerfile);
    const [original, sourceWarnings] = await trees.withTree(source, async (tree) =>
      Promise.all([
        readDockerfile(tree, file),
        placeholderWarnings(tree, container.context, source),
      ]),
    );

    const { template, templateArgs, unusedArguments } = container;
    const rendered = renderTemplate(template, original, templateArgs, { file, unusedArguments });
    // Before it is parsed: the library's time grows with the square of some texts.
    refuseLarge(rendered.text, file, 'after rendering');
    const inputs: BuildInputs = {
      buildArgs: container.buildArgs,
      target: container.target,
      platform,
      file,
    };
    const lint = lintDockerfile(rendered.text, inputs);
    const images = externalImages(rendered.text, inputs);
    const secret = container.pullSecret ?? container.pushSecret;
    const bases = await resolveBases(images, registry, secret, file);
    const baseDigest = ({ reference }: ExternalImage): string | null =>
      bases.digests.get(formatImageReference(reference)) ?? null;
    const pinned = pinDockerfile(rendered.text, images, baseDigest);

    const buildSecrets = container.secrets ?? [];
    const secretWarnings = checkSecretMounts(rendered.text, {
      file,
      builder: builder.name,
      secrets: buildSecrets,
    });
    const cache = layerCacheUse({ container, builder, dockerfile: pinned });
    const image: ImageInputs = {
      contextDigest: context.digest,
      dockerfile: pinned,
      buildArgs: container.buildArgs,
      target: container.target,
      platform,
      reproducible: container.reproducible,
      builder: builder.name,
      builderImage: builder.image,
      builderFlags: container.builderFlags,
      secretIds: buildSecrets.map(({ id }) => id),
      layered: cache.layered,
    };
    const digest = inputDigest(image);
    const dockerfile = await keepDockerfile(pinned, file, store);
    const known =
      force || !lint.cacheable
        ? null
        : await registry.resolvePushed(
            `${container.repository}:${inputTag(digest)}`,
            container.pushSecret,
          );
    // What a Pod would mount: a plan says as well that there would be none.
    if (known === null) await checkMountedSecrets(secrets, container);
    const output = {
      dockerfile,
      bases: pinnedImages(images, baseDigest),
      builder,
      inputDigest: digest,
      unchanged: known,
      warnings: bounded([
        ...sourceWarnings,
        ...rendered.warnings,
        ...lint.warnings,
        ...bases.warnings,
        ...secretWarnings,
        ...(cache.warning === null ? [] : [cache.warning]),
      ]),
      ...(settings.memoryCeiling === undefined ? {} : { memoryCeiling: settings.memoryCeiling }),
      ...(settings.longestBackOff === undefined ? {} : { longestBackOff: settings.longestBackOff }),
    };
    if (identity === undefined) return output;
    await refusePublishedVersion(store, {
      identity,
      container,
      commit: source.commit,
      inputDigest: digest,
      unchanged: known,
    });
    const current = recordedInputs({
      ...output,
      commit: source.commit,
      context,
      container,
      dockerfile: rendered.text,
      image,
    });
    const object = inputsObject(identity, container.name);
    const why = containerVerdict({
      last: known === null ? await readInputs(store, object) : null,
      current,
      present: known !== null,
      forced: force,
      cacheable: lint.cacheable,
    });
    return { ...output, why, record: { object, inputs: current } };
  };
}

/** So many, of so many characters each: they travel in payloads of Temporal. */
function bounded(warnings: readonly string[]): readonly string[] {
  const shown = warnings.slice(0, maxWarnings).map((text) => text.slice(0, longestWarning));
  const more = warnings.length - shown.length;
  return more === 0 ? shown : [...shown, `… and ${more} more warnings`];
}

async function keepDockerfile(
  text: string,
  file: string,
  store: Pick<ObjectStore, 'put'>,
): Promise<RenderDockerfileOutput['dockerfile']> {
  refuseLarge(text, file, 'after rendering and pinning');
  const body = Buffer.from(text);
  const digest = digestOf(body);
  const object = `dockerfiles/${digest.replace('sha256:', '')}`;
  // Written anew each time: the bucket's lifecycle keeps what is in use.
  await store.put(object, body, 'text/plain; charset=utf-8');
  return { object, digest };
}

function refuseLarge(text: string, file: string, when: string): void {
  const size = Buffer.byteLength(text);
  if (size <= maxDockerfileBytes) return;
  throw failure(
    'DockerfileInvalid',
    `${file} has ${size} bytes ${when}; at most ${maxDockerfileBytes} fit into a Pod`,
  );
}

/** Each image once, as the Dockerfile names it. */
function pinnedImages(
  images: readonly ExternalImage[],
  baseDigest: (image: ExternalImage) => string | null,
): readonly PinnedImage[] {
  const pinned = new Map<string, string>();
  for (const image of images) {
    const digest = image.reference.digest ?? baseDigest(image);
    if (digest !== null) pinned.set(image.name, digest);
  }
  return Array.from(pinned, ([name, digest]) => ({ name, digest }));
}
