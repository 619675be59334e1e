import { readYaml } from './document.ts';
import { formatPath } from './problem.ts';
import { entries, mapping, type Mapping } from './raw.ts';

/** Whose arguments: names of a component and a container, and the field that they are in. */
export interface ArgumentOf {
  readonly component: string;
  readonly container: string;
  readonly field: 'templateArgs' | 'buildArgs';
}

/**
 * Where a definition gives a container's argument, itself or by `spec.defaults`, as problems begin:
 * `line:column: path`. Null where it does not.
 */
export function locateArgument(text: string, of: ArgumentOf, name: string): string | null {
  const yaml = readYaml(text);
  if (!yaml.ok) return null;
  const { value, locate } = yaml.document;
  const spec = mapping(mapping(value)['spec']);
  const [own] = containersOf(spec, of);
  if (own === undefined) return null;
  const defaults = { path: ['spec', 'defaults'], fields: mapping(spec['defaults']) };
  const giver = [own, defaults].find(({ fields }) =>
    Object.hasOwn(mapping(fields[of.field]), name),
  );
  if (giver === undefined) return null;
  const path = [...giver.path, of.field, name];
  const { line, column } = locate(path, true);
  return `${line}:${column}: ${formatPath(path)}`;
}

function containersOf(
  spec: Mapping,
  { component, container }: ArgumentOf,
): ReturnType<typeof entries> {
  return entries(spec['components'], ['spec', 'components'])
    .filter(({ fields }) => fields['name'] === component)
    .flatMap(({ path, fields }) =>
      ['initContainers', 'containers'].flatMap((key) => entries(fields[key], [...path, key])),
    )
    .filter(({ fields }) => fields['name'] === container);
}
