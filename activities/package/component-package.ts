import { z } from 'zod';
import type { FinishedComponent } from '../../workflows/contract/activities.ts';
import type { Application } from '../../workflows/contract/application.ts';
import { canonical } from '../support/canonical.ts';
import type { ArchiveEntry } from './archive.ts';
import { jsonFile } from './json-file.ts';
import { finishedContainers, type ContainerAndResult } from './finished-containers.ts';

export const componentDescription = 'component.json';
const schemaVersion = 1;

const texts = z.array(z.string()).readonly();

/** Carried fields that the definition leaves out are absent: the image's own then hold. */
const DescribedContainer = z
  .object({
    name: z.string(),
    /** `repository@sha256:…` */
    image: z.string(),
    digest: z.string(),
    /** null for an existing image, like the two after it. */
    commit: z.string().nullable(),
    inputDigest: z.string().nullable(),
    /** Entry of the rendered Dockerfile. */
    dockerfile: z.string().nullable(),
    command: texts.exactOptional(),
    args: texts.exactOptional(),
    env: texts.exactOptional(),
    ports: z.array(z.number()).readonly().exactOptional(),
  })
  .readonly();
export type DescribedContainer = z.infer<typeof DescribedContainer>;

const ComponentDescription = z
  .object({
    schemaVersion: z.literal(schemaVersion),
    application: z.string(),
    name: z.string(),
    version: z.string(),
    type: z.string().nullable(),
    options: z.unknown(),
    /** Both in the definition's order: init containers run in it. */
    initContainers: z.array(DescribedContainer).readonly(),
    containers: z.array(DescribedContainer).readonly(),
  })
  .readonly();
/** `component.json`: all that a deployment needs to know of a component. */
export type ComponentDescription = z.infer<typeof ComponentDescription>;

/** What a component's package is made of. */
export interface ComponentContents extends FinishedComponent {
  readonly application: Pick<Application, 'name' | 'version'>;
}

/**
 * What the component's package holds, without its sums.
 *
 * @param dockerfiles rendered Dockerfile of each built container, by the container's name
 */
export function componentEntries(
  contents: ComponentContents,
  version: string,
  dockerfiles: ReadonlyMap<string, Buffer>,
): readonly ArchiveEntry[] {
  return [
    { path: componentDescription, content: jsonFile(describeComponent(contents, version)) },
    ...[...dockerfiles].map(([name, content]) => ({ path: dockerfilePath(name), content })),
  ];
}

function describeComponent(contents: ComponentContents, version: string): ComponentDescription {
  const { application, component } = contents;
  const containers = finishedContainers(contents);
  return {
    schemaVersion,
    application: application.name,
    name: component.name,
    version,
    type: component.type,
    options: canonical(component.options) ?? null,
    initContainers: containers.filter(({ container }) => container.init).map(describeContainer),
    containers: containers.filter(({ container }) => !container.init).map(describeContainer),
  };
}

// The carried fields are picked one by one, so that the bytes do not depend on their order.
function describeContainer({ container, finished }: ContainerAndResult): DescribedContainer {
  const { command, args, env, ports } = container.carried;
  return {
    name: container.name,
    image: finished.image,
    digest: finished.digest,
    commit: finished.commit,
    inputDigest: finished.inputDigest,
    dockerfile: finished.rendered === null ? null : dockerfilePath(container.name),
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(env === undefined ? {} : { env }),
    ...(ports === undefined ? {} : { ports }),
  };
}

export function dockerfilePath(container: string): string {
  return `dockerfiles/${container}.Dockerfile`;
}

/** Reads a `component.json`; throws when the text is none. */
export function parseComponent(text: string): ComponentDescription {
  return ComponentDescription.parse(JSON.parse(text));
}

/** Images of a published component, by container. Throws when the text is no `component.json`. */
export function componentImages(text: string): ReadonlyMap<string, string> {
  return new Map(describedContainers(parseComponent(text)).map(({ name, image }) => [name, image]));
}

/** All containers of a published component, init containers first. */
export function describedContainers({
  initContainers,
  containers,
}: ComponentDescription): readonly DescribedContainer[] {
  return [...initContainers, ...containers];
}
