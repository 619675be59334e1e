import { z } from 'zod';
import type {
  AssembleComponentInput,
  FinishedContainer,
} from '../../workflows/contract/activities.ts';
import type { CarriedFields } from '../../workflows/contract/application.ts';
import type { ArchiveEntry } from './archive.ts';
import { canonical, jsonFile } from './canonical-json.ts';
import { finishedContainers, type ContainerAndResult } from './finished-containers.ts';

export const componentDescription = 'component.json';
const schemaVersion = 1;

/** `component.json`: all that a deployment needs to know of a component. */
interface ComponentDescription {
  readonly schemaVersion: number;
  readonly application: string;
  readonly name: string;
  readonly version: string;
  readonly type: string | null;
  readonly options: unknown;
  /** Both in the definition's order: init containers run in it. */
  readonly initContainers: readonly ContainerDescription[];
  readonly containers: readonly ContainerDescription[];
}

/** Carried fields that the definition leaves out are absent: the image's own then hold. */
interface ContainerDescription extends CarriedFields {
  readonly name: string;
  /** `repository@sha256:…` */
  readonly image: string;
  readonly digest: string;
  /** null for an existing image, like the two after it. */
  readonly commit: string | null;
  readonly inputDigest: string | null;
  /** Entry of the rendered Dockerfile. */
  readonly dockerfile: string | null;
}

export function componentObject(application: string, component: string, version: string): string {
  return `components/${application}/${component}/${version}.zip`;
}

/**
 * What the component's package holds, without its sums.
 *
 * @param dockerfiles rendered Dockerfile of each built container, by the container's name
 */
export function componentEntries(
  input: AssembleComponentInput,
  version: string,
  dockerfiles: ReadonlyMap<string, Buffer>,
): readonly ArchiveEntry[] {
  return [
    { path: componentDescription, content: jsonFile(describeComponent(input, version)) },
    ...[...dockerfiles].map(([name, content]) => ({ path: dockerfilePath(name), content })),
  ];
}

function describeComponent(input: AssembleComponentInput, version: string): ComponentDescription {
  const { application, component } = input;
  const containers = finishedContainers(component, input.containers);
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
function describeContainer({ container, finished }: ContainerAndResult): ContainerDescription {
  const { command, args, env, ports } = container.carried;
  return {
    name: container.name,
    image: finished.image,
    digest: finished.digest,
    commit: finished.commit,
    inputDigest: finished.inputDigest,
    dockerfile: finished.dockerfile === null ? null : dockerfilePath(container.name),
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(env === undefined ? {} : { env }),
    ...(ports === undefined ? {} : { ports }),
  };
}

function dockerfilePath(container: string): string {
  return `dockerfiles/${container}.Dockerfile`;
}

const NamedImages = z.array(
  z.object({
    name: z.string(),
    image: z.string(),
    digest: z.string(),
    commit: z.string().nullable(),
    inputDigest: z.string().nullable(),
  }),
);
const ComponentImages = z.object({ initContainers: NamedImages, containers: NamedImages });

/** Images of a published component, by container. Throws when the text is no `component.json`. */
export function componentImages(description: string): ReadonlyMap<string, string> {
  return new Map(componentContainers(description).map(({ name, image }) => [name, image]));
}

/** The containers of a published component. Throws when the text is no `component.json`. */
export function componentContainers(
  description: string,
): readonly Omit<FinishedContainer, 'dockerfile'>[] {
  const { initContainers, containers } = ComponentImages.parse(JSON.parse(description));
  return [...initContainers, ...containers];
}
