import type {
  BuiltContainer,
  Component,
  Container,
} from '../../../workflows/contract/application.ts';

/**
 * What the definition says of a component's images: SLSA's external parameters. Secrets are there by
 * name alone, as in the definition.
 */
export function containerParameters(component: Component): readonly object[] {
  return component.containers.map(parametersOf);
}

function parametersOf(container: Container): object {
  const { name, init, pullSecret } = container;
  const common = { name, init, ...present({ pullSecret }) };
  return container.kind === 'existing'
    ? { ...common, image: container.image }
    : { ...common, ...builtParameters(container) };
}

/** Absent: what has no bearing on the image (time limits, placement, resources, carried fields). */
function builtParameters(container: BuiltContainer): object {
  const { source, template, templateArgs, buildArgs, target, builder, builderFlags } = container;
  const { pushSecret, secrets, cache } = container;
  return {
    source,
    context: container.context,
    dockerfile: container.dockerfile,
    template,
    templateArgs,
    buildArgs,
    reproducible: container.reproducible,
    repository: container.repository,
    tags: container.tags,
    builderFlags,
    ...present({ target, builder, pushSecret, secrets, cache }),
  };
}

function present(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}
