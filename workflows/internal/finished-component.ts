import type { FinishedComponent, FinishedContainer } from '../contract/activities.ts';
import type { Component } from '../contract/application.ts';
import type { ContainerPlan } from '../contract/messages.ts';

/**
 * What the component's package is made of.
 *
 * @param ended its containers that have ended
 */
export function finishedComponent(
  component: Component,
  ended: readonly ContainerPlan[],
): FinishedComponent {
  const byName = new Map(ended.map((plan) => [plan.name, plan]));
  return {
    component,
    containers: component.containers.map(({ name }) =>
      finishedContainer(present(byName.get(name), name)),
    ),
  };
}

function finishedContainer({ name, result, commit, rendered }: ContainerPlan): FinishedContainer {
  const { image, digest, inputDigest, attempts } = result;
  return {
    name,
    image: present(image, name),
    digest: present(digest, name),
    commit,
    inputDigest,
    rendered,
    attempts,
  };
}

/** @throws TypeError where it is not there (yet) */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new TypeError(`${what} is missing`);
  return value;
}
