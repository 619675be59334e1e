import type { Application, BuiltContainer } from '../workflows/contract/application.ts';
import { suggest } from '../definition/suggest.ts';
import { UsageError } from './exit.ts';

const maxShown = 20;

export interface FoundContainer {
  /** The component's name. */
  readonly component: string;
  readonly container: BuiltContainer;
}

/**
 * The container that is built and that a person means by `component/container`, or by the
 * container's name alone where one component has it.
 *
 * @throws UsageError for a name that none or several have, and for an existing image
 */
export function findContainer(application: Application, written: string): FoundContainer {
  const all = application.components.flatMap((component) =>
    component.containers.map((container) => ({
      component: component.name,
      container,
      full: `${component.name}/${container.name}`,
    })),
  );
  const named = all.filter(({ container, full }) =>
    written.includes('/') ? full === written : container.name === written,
  );
  const [found, ...others] = named;
  if (found === undefined) {
    const names = all.map(({ full }) => full);
    const known = written.includes('/') ? names : all.map(({ container }) => container.name);
    // The right container in the wrong component, else a slip of the pen.
    const sameName = names.find((name) => name.endsWith(`/${written.split('/').at(-1)}`));
    const meant = sameName ?? suggest(written, known);
    const expected = meant === null ? `expected one of ${listed(names)}` : `did you mean ${meant}?`;
    throw new UsageError(`${application.name} has no container ${written}; ${expected}`);
  }
  if (others.length > 0) {
    const names = listed(named.map(({ full }) => full));
    throw new UsageError(`${written} is in several components; expected one of ${names}`);
  }
  const { component, container, full } = found;
  if (container.kind === 'build') return { component, container };
  throw new UsageError(
    `${full} is an existing image, ${container.image}: it is not built and has no Dockerfile`,
  );
}

function listed(names: readonly string[]): string {
  const more = names.length - maxShown;
  return more <= 0 ? names.join(', ') : `${names.slice(0, maxShown).join(', ')} … (${more} more)`;
}
