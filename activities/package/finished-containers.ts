import type { FinishedComponent, FinishedContainer } from '../../workflows/contract/activities.ts';
import type { Container } from '../../workflows/contract/application.ts';

export interface ContainerAndResult {
  readonly container: Container;
  readonly finished: FinishedContainer;
}

/**
 * Every container of the component beside what came of it, in the definition's order: init
 * containers run in it.
 *
 * Throws a `TypeError` when one is not there: the workflow assembles complete components only.
 */
export function finishedContainers({
  component,
  containers,
}: FinishedComponent): readonly ContainerAndResult[] {
  const byName = new Map(containers.map((item) => [item.name, item]));
  return component.containers.map((container) => {
    const item = byName.get(container.name);
    if (item === undefined) {
      throw new TypeError(`container ${component.name}/${container.name} is not finished`);
    }
    return { container, finished: item };
  });
}
