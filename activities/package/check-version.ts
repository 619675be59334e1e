import type { CheckVersionInput } from '../../workflows/contract/activities.ts';
import type {
  Application,
  CarriedFields,
  Component,
  Container,
} from '../../workflows/contract/application.ts';
import { applicationObject, componentObject } from '../../workflows/contract/objects.ts';
import { canonical } from '../support/canonical.ts';
import type { Executions } from '../support/executions.ts';
import { applicationDescription, parseApplication } from './application-package.ts';
import {
  describedContainers,
  type ComponentDescription,
  type DescribedContainer,
} from './component-package.ts';
import {
  differencesOf,
  otherContent,
  publishedComponent,
  type PublishedStore,
} from './published-component.ts';
import { readDescription } from './read-archive.ts';

interface CheckVersionDependencies {
  readonly executions: Pick<Executions, 'definition'>;
  readonly store: PublishedStore;
}

/** Of those that differ, a failure names so many: it is a payload. */
const mostListed = 20;

/**
 * Makes the activity that compares an application's definition with what is published under its
 * explicit version, before anything is built: components and their order of containers, and all
 * that packages carry. What a container's inputs lead to is compared when they are known.
 *
 * The activity throws `VersionExists`, naming what differs, `StorageUnavailable`, and Temporal's own
 * errors while nobody answers for the build.
 */
export function createCheckVersion({
  executions,
  store,
}: CheckVersionDependencies): (input: CheckVersionInput) => Promise<void> {
  return async function checkVersion({ buildId, runId }) {
    const definition = await executions.definition(buildId, runId);
    const { name, version, components } = definition;
    if (version === null) return;
    const differences = [...(await missingComponents(store, definition, version))];
    for (const component of components) {
      const object = componentObject(name, component.name, version);
      const published = await publishedComponent(store, object);
      if (published !== null) differences.push(...componentDifferences(published, component));
    }
    if (differences.length === 0) return;
    const more = differences.length - mostListed;
    throw otherContent(`${name} ${version}`, [
      ...differences.slice(0, mostListed),
      ...(more > 0 ? [`and ${more} more`] : []),
    ]);
  };
}

/** Components of the published application that are gone, and such as have come since. */
async function missingComponents(
  store: PublishedStore,
  { name, components }: Application,
  version: string,
): Promise<readonly string[]> {
  const object = applicationObject(name, version);
  const archive = await store.get(object);
  if (archive === null) return [];
  const description = await readDescription(archive, applicationDescription, parseApplication);
  if (description === null) return [`${object} is no application package`];
  const published = namesOf(description.components);
  const now = namesOf(components);
  return [
    ...published
      .filter((one) => !now.includes(one))
      .map((one) => `${one}: published, now without it`),
    ...now.filter((one) => !published.includes(one)).map((one) => `${one}: published without it`),
  ];
}

function componentDifferences(
  published: ComponentDescription,
  component: Component,
): readonly string[] {
  const { name } = component;
  const init = component.containers.filter((container) => container.init);
  const main = component.containers.filter((container) => !container.init);
  const described = describedContainers(published);
  return [
    ...differencesOf(name, [
      ['type', published.type, component.type],
      ['options', canonical(published.options), canonical(component.options)],
      ['initContainers', namesOf(published.initContainers), namesOf(init)],
      ['containers', namesOf(published.containers), namesOf(main)],
    ]),
    ...component.containers.flatMap((container) => {
      const before = described.find((candidate) => candidate.name === container.name);
      return before === undefined ? [] : containerDifferences(before, container, name);
    }),
  ];
}

const carriedFields = [
  'command',
  'args',
  'env',
  'ports',
] as const satisfies readonly (keyof CarriedFields)[];

function containerDifferences(
  published: DescribedContainer,
  container: Container,
  component: string,
): readonly string[] {
  return differencesOf(`${component}/${container.name}`, [
    ...carriedFields.map((field) => [field, published[field], container.carried[field]] as const),
    ['kind', published.inputDigest === null ? 'existing' : 'build', container.kind],
  ]);
}

function namesOf(items: readonly { readonly name: string }[]): readonly string[] {
  return items.map(({ name }) => name);
}
