import { z } from 'zod';
import type {
  AssembleApplicationInput,
  AssembleComponentOutput,
  FinishedContainer,
} from '../../workflows/contract/activities.ts';
import type { ArchiveEntry } from './archive.ts';
import { compareText, jsonFile } from './canonical-json.ts';

export const applicationDescription = 'application.json';
const schemaVersion = 1;

/** What an application's package is made of: the components, and what their packages say. */
export interface ApplicationContents extends AssembleApplicationInput {
  readonly containers: readonly PackagedContainer[];
}

export interface PackagedContainer extends Omit<FinishedContainer, 'dockerfile'> {
  readonly component: string;
}

/** `application.json`: the components, by name, and the images that they run. */
interface ApplicationDescription {
  readonly schemaVersion: number;
  readonly name: string;
  readonly version: string;
  readonly components: readonly PackagedComponent[];
}

interface PackagedComponent {
  readonly name: string;
  readonly version: string;
  /** Entry of the component package, and its hex SHA-256. */
  readonly package: string;
  readonly sha256: string;
  /** `repository@sha256:…` of each container, by the container's name. */
  readonly images: readonly { readonly container: string; readonly image: string }[];
}

export function applicationObject(application: string, version: string): string {
  return `applications/${application}/${version}.zip`;
}

/**
 * What the application's package holds, without its sums.
 *
 * @param packages content of each component package, by the component's name
 */
export function applicationEntries(
  input: ApplicationContents,
  version: string,
  packages: ReadonlyMap<string, Buffer>,
): readonly ArchiveEntry[] {
  const description: ApplicationDescription = {
    schemaVersion,
    name: input.application.name,
    version,
    components: input.components
      .map((component) => packagedComponent(component, input.containers))
      .toSorted((a, b) => compareText(a.name, b.name)),
  };
  return [
    { path: applicationDescription, content: jsonFile(description) },
    ...[...packages].map(([name, content]) => ({ path: packagePath(name), content })),
  ];
}

function packagedComponent(
  component: AssembleComponentOutput,
  containers: readonly PackagedContainer[],
): PackagedComponent {
  return {
    name: component.name,
    version: component.version,
    package: packagePath(component.name),
    sha256: component.package.sha256,
    images: containers
      .filter((container) => container.component === component.name)
      .map(({ name, image }) => ({ container: name, image }))
      .toSorted((a, b) => compareText(a.container, b.container)),
  };
}

function packagePath(component: string): string {
  return `components/${component}.zip`;
}

const ApplicationImages = z.object({
  components: z.array(
    z.object({
      name: z.string(),
      images: z.array(z.object({ container: z.string(), image: z.string() })),
    }),
  ),
});

/**
 * Images of a published application, by `<component>/<container>`. Throws when the text is no
 * `application.json`.
 */
export function applicationImages(description: string): ReadonlyMap<string, string> {
  const { components } = ApplicationImages.parse(JSON.parse(description));
  return new Map(
    components.flatMap(({ name, images }) =>
      images.map(({ container, image }) => [`${name}/${container}`, image] as const),
    ),
  );
}
