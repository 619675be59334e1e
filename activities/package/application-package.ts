import { z } from 'zod';
import type { AssembleComponentOutput } from '../../workflows/contract/activities.ts';
import type { Application } from '../../workflows/contract/application.ts';
import { compareText } from '../support/canonical.ts';
import type { ArchiveEntry } from './archive.ts';
import { jsonFile } from './json-file.ts';
import type { DescribedContainer } from './component-package.ts';

export const applicationDescription = 'application.json';
const schemaVersion = 1;

/** What an application's package is made of: the components, and what their packages say. */
export interface ApplicationContents {
  readonly application: Pick<Application, 'name' | 'version'>;
  readonly components: readonly AssembleComponentOutput[];
  readonly containers: readonly PackagedContainer[];
}

export interface PackagedContainer extends Pick<
  DescribedContainer,
  'name' | 'image' | 'digest' | 'commit' | 'inputDigest'
> {
  readonly component: string;
}

const PackagedComponent = z
  .object({
    name: z.string(),
    version: z.string(),
    /** Entry of the component package, and its hex SHA-256. */
    package: z.string(),
    sha256: z.string(),
    /** `repository@sha256:…` of each container, by the container's name. */
    images: z.array(z.object({ container: z.string(), image: z.string() }).readonly()).readonly(),
  })
  .readonly();
type PackagedComponent = z.infer<typeof PackagedComponent>;

const ApplicationDescription = z
  .object({
    schemaVersion: z.literal(schemaVersion),
    name: z.string(),
    version: z.string(),
    components: z.array(PackagedComponent).readonly(),
  })
  .readonly();
/** `application.json`: the components, by name, and the images that they run. */
export type ApplicationDescription = z.infer<typeof ApplicationDescription>;

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

/** Reads an `application.json`; throws when the text is none. */
export function parseApplication(text: string): ApplicationDescription {
  return ApplicationDescription.parse(JSON.parse(text));
}

/**
 * Images of a published application, by `<component>/<container>`. Throws when the text is no
 * `application.json`.
 */
export function applicationImages(text: string): ReadonlyMap<string, string> {
  return new Map(
    parseApplication(text).components.flatMap(({ name, images }) =>
      images.map(({ container, image }) => [`${name}/${container}`, image] as const),
    ),
  );
}
