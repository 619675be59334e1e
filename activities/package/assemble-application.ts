import type {
  AssembleApplicationInput,
  AssembleApplicationOutput,
} from '../../workflows/contract/activities.ts';
import type { ObjectStore } from '../support/object-store.ts';
import {
  applicationDescription,
  applicationEntries,
  applicationImages,
  applicationObject,
} from './application-package.ts';
import { writeArchive } from './archive.ts';
import { publish } from './publish.ts';
import { storedContent } from './stored-content.ts';
import { applicationVersion } from './version.ts';

/**
 * The activity that ends a build: the component packages become the application package, and one
 * write makes it visible.
 *
 * It throws `VersionExists`, `InvalidDefinition`, `DigestMismatch`, `StorageUnavailable`, and
 * `ContextUnavailable` when a component package is gone.
 */
export function createAssembleApplication({
  store,
}: {
  readonly store: ObjectStore;
}): (input: AssembleApplicationInput) => Promise<AssembleApplicationOutput> {
  return async function assembleApplication(input) {
    const version = applicationVersion(input);
    const packages = new Map<string, Buffer>();
    for (const { name, package: ref } of input.components) {
      packages.set(name, await storedContent(store, ref.object, ref.sha256));
    }
    const ref = await publish(store, {
      object: applicationObject(input.application.name, version),
      bytes: await writeArchive(applicationEntries(input, version, packages)),
      format: { path: applicationDescription, images: applicationImages },
      derived: input.application.version === null,
    });
    return { version, package: ref };
  };
}
