import { ApplicationFailure } from '@temporalio/common';
import type {
  AssembleComponentInput,
  AssembleComponentOutput,
} from '../../workflows/contract/activities.ts';
import type { FailureType } from '../../workflows/contract/failures.ts';
import { componentObject } from '../../workflows/contract/objects.ts';
import type { Clock } from '../build-pod/clock.ts';
import type { Registry } from '../registry/registry.ts';
import type { Executions } from '../support/executions.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { release } from '../support/release.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { storedContent } from '../support/stored-content.ts';
import { writeArchive } from './archive.ts';
import {
  componentDescription,
  componentEntries,
  componentImages,
  type ComponentContents,
} from './component-package.ts';
import { finishedContainers } from './finished-containers.ts';
import { componentProvenance } from './provenance/component-provenance.ts';
import { publish } from './publish.ts';
import { componentVersion, versionOfResults, versionTag } from './version.ts';

interface AssembleComponentDependencies {
  readonly executions: Pick<Executions, 'finishedComponent'>;
  readonly store: ObjectStore;
  readonly registry: Pick<Registry, 'tag'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: Pick<InstallationSettings, 'installation'>;
}

/**
 * The activity that makes a finished component a package: it asks the build what came of the
 * containers, writes provenance and package once, then gives every image built for it the version
 * as a tag. Run again, it finishes the tags. A derived version that holds other images of the same
 * inputs is left alone: this package gets a version that tells its images as well.
 *
 * It throws `VersionExists` (other content has this version; no tag is moved),
 * `InvalidDefinition`, `ContextCorrupted` when a rendered Dockerfile is not what it was or gone,
 * `StorageUnavailable`, what `Registry.tag` throws, and
 * Temporal's own errors while nobody answers for the build.
 */
export function createAssembleComponent({
  executions,
  store,
  registry,
  clock,
  settings,
}: AssembleComponentDependencies): (
  input: AssembleComponentInput,
) => Promise<AssembleComponentOutput> {
  return async function assembleComponent({ buildId, runId, application, component }) {
    const finished = await executions.finishedComponent(buildId, runId, component);
    const contents = { application, ...finished };
    const dockerfiles = await readDockerfiles(store, contents);
    const facts = { buildId, installation: settings.installation, release, now: clock.now() };

    async function publishAs(version: string): Promise<AssembleComponentOutput> {
      const tag = versionTag(version);
      // Of two builds of one version only the one that published it may move the tags.
      const ref = await publish(store, {
        object: componentObject(application.name, component, version),
        bytes: await writeArchive(componentEntries(contents, version, dockerfiles)),
        format: { path: componentDescription, images: componentImages },
        provenance: (ref) => componentProvenance(contents, version, ref, facts),
      });
      await tagImages(registry, contents, tag);
      return { name: component, version, package: ref, tags: [tag] };
    }

    const version = componentVersion(application.version, finished);
    try {
      return await publishAs(version);
    } catch (error) {
      if (application.version !== null || !isVersionExists(error)) throw error;
      const other = await publishAs(versionOfResults(version, finished));
      const warning = `the same inputs gave another result than ${version} was published with: this is ${other.version}`;
      return { ...other, warnings: [warning] };
    }
  };
}

function isVersionExists(error: unknown): boolean {
  return (
    error instanceof ApplicationFailure && error.type === ('VersionExists' satisfies FailureType)
  );
}

async function readDockerfiles(
  store: ObjectStore,
  contents: ComponentContents,
): Promise<ReadonlyMap<string, Buffer>> {
  const dockerfiles = new Map<string, Buffer>();
  for (const { finished } of finishedContainers(contents)) {
    if (finished.rendered === null) continue;
    const { object, digest } = finished.rendered.dockerfile;
    dockerfiles.set(finished.name, await storedContent(store, object, digest));
  }
  return dockerfiles;
}

/** Existing images are someone else's: they keep the tags that they have. */
async function tagImages(
  registry: Pick<Registry, 'tag'>,
  contents: ComponentContents,
  tag: string,
): Promise<void> {
  for (const { container, finished } of finishedContainers(contents)) {
    if (container.kind === 'existing') continue;
    await registry.tag(container.repository, finished.digest, tag, container.pushSecret);
  }
}
