import type {
  AssembleApplicationInput,
  AssembleApplicationOutput,
} from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { applicationObject } from '../../workflows/contract/objects.ts';
import type { Clock } from '../build-pod/clock.ts';
import type { Executions } from '../support/executions.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { release } from '../support/release.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { storedContent } from '../support/stored-content.ts';
import {
  applicationDescription,
  applicationEntries,
  applicationImages,
  type PackagedContainer,
} from './application-package.ts';
import { writeArchive } from './archive.ts';
import { componentDescription, describedContainers, parseComponent } from './component-package.ts';
import {
  applicationProvenance,
  type ComponentProvenance,
} from './provenance/application-provenance.ts';
import { readProvenance } from './provenance/provenance-store.ts';
import { publish } from './publish.ts';
import { readDescription } from './read-archive.ts';
import { applicationVersion } from './version.ts';

interface AssembleApplicationDependencies {
  readonly executions: Pick<Executions, 'packages'>;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: Pick<InstallationSettings, 'installation'>;
}

/**
 * The activity that ends a build: the component packages become the application package, and one
 * write makes it visible.
 *
 * It throws `VersionExists`, `InvalidDefinition`, `StorageUnavailable`, `ContextCorrupted` when a
 * component package or its provenance is not what it was or gone, and Temporal's own errors while
 * nobody answers for the build.
 */
export function createAssembleApplication({
  executions,
  store,
  clock,
  settings,
}: AssembleApplicationDependencies): (
  input: AssembleApplicationInput,
) => Promise<AssembleApplicationOutput> {
  return async function assembleApplication({ buildId, runId, application }) {
    const components = await executions.packages(buildId, runId);
    const packages = new Map<string, Buffer>();
    const containers: PackagedContainer[] = [];
    const provenance: ComponentProvenance[] = [];
    for (const component of components) {
      const { name, package: ref } = component;
      provenance.push({ component, ...(await readProvenance(store, ref)) });
      const archive = await storedContent(store, ref.object, ref.sha256);
      packages.set(name, archive);
      for (const container of await containersOf(archive, ref.object)) {
        containers.push({ ...container, component: name });
      }
    }
    const contents = { application, components, containers };
    const version = applicationVersion(contents);
    const ref = await publish(store, {
      object: applicationObject(application.name, version),
      bytes: await writeArchive(applicationEntries(contents, version, packages)),
      format: { path: applicationDescription, images: applicationImages },
      provenance: (ref) =>
        applicationProvenance(application, provenance, version, ref, {
          buildId,
          installation: settings.installation,
          release,
          now: clock.now(),
        }),
    });
    return { version, package: ref };
  };
}

async function containersOf(archive: Buffer, object: string) {
  const description = await readDescription(archive, componentDescription, parseComponent);
  if (description === null) {
    throw failure(
      'ContextCorrupted',
      `${object} is no component package: its ${componentDescription} is missing or of another kind`,
    );
  }
  return describedContainers(description);
}
