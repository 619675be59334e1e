import type { Source } from '../workflows/contract/application.ts';
import { contradictingLogins, contradictions } from './contradictions.ts';
import { duplicates } from './duplicates.ts';
import type { Finding } from './problem.ts';
import { entries, mapping, textOf, type Entry, type Mapping } from './raw.ts';
import { scheduleChecks } from './schedule-checks.ts';
import { buildFields } from './schema.ts';
import { sourceChecks } from './source-checks.ts';

export interface Fallbacks {
  readonly registry?: string;
  readonly source?: Source;
}

/**
 * What no schema of a single field can say. Takes the raw value and passes over what has the wrong
 * shape, so that these findings come together with those of the schema.
 */
export function crossCheck(value: unknown, fallbacks: Fallbacks): readonly Finding[] {
  const spec = mapping(mapping(value)['spec']);
  const defaults = mapping(spec['defaults']);
  const components = entries(spec['components'], ['spec', 'components']);
  const containers = components.map((component) => ({ component, own: containersOf(component) }));
  const all = containers.flatMap(({ own }) => own);
  const built = all.filter(({ fields }) => fields['image'] === undefined);

  return [
    ...tooMany(all),
    ...duplicates(components, { kind: 'component', field: 'name', expected: 'another name' }),
    ...containers.flatMap(({ component, own }) => [
      ...emptiness(component),
      ...duplicates(own, {
        kind: 'container',
        field: 'name',
        expected: 'another name; init containers count too',
      }),
    ]),
    ...all.flatMap((container) => [
      ...existingImage(container),
      ...templateArguments(container, defaults),
      ...contradictions(container, defaults),
    ]),
    ...built.flatMap((container) => contradictingLogins(container, defaults)),
    ...contradictions({ path: ['spec', 'defaults'], fields: defaults }, {}),
    ...sourceChecks({ path: ['spec', 'source'], fields: mapping(spec['source']) }),
    ...scheduleChecks(spec['schedules']),
    ...missingFallbacks(spec, defaults, built, fallbacks),
    ...collisions(
      containers,
      spec,
      defaults,
      fallbacks,
      mapping(mapping(value)['metadata'])['name'],
    ),
  ];
}

function containersOf(component: Entry): readonly Entry[] {
  return ['initContainers', 'containers'].flatMap((key) =>
    entries(component.fields[key], [...component.path, key]),
  );
}

/** Temporal starts at most 2000 children of a workflow, and ends a history at 50 Ki events: 12 for each. */
const maxContainers = 1000;

function tooMany(containers: readonly Entry[]): readonly Finding[] {
  const [first] = containers.slice(maxContainers);
  if (first === undefined) return [];
  return [
    {
      path: first.path,
      message: `the application has ${containers.length} containers, and this one is number ${maxContainers + 1}`,
      expected: `at most ${maxContainers}; several applications can share the rest`,
    },
  ];
}

function emptiness({ fields, path }: Entry): readonly Finding[] {
  const lists = ['initContainers', 'containers'] as const;
  // Anything else than empty lists is the schema's to report.
  if (!lists.every((key) => fields[key] === undefined || isEmptyList(fields[key]))) return [];
  return [
    {
      path,
      message: 'the component has no containers',
      expected: 'at least one container',
      missing: lists.map((key) => [...path, key]),
    },
  ];
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function existingImage({ path, fields }: Entry): readonly Finding[] {
  if (fields['image'] === undefined) return [];
  return buildFields
    .filter((field) => fields[field] !== undefined)
    .map((field) => ({
      path: [...path, field],
      message: `\`${field}\` is for images that are built, and \`image\` names an existing one`,
      expected: '`image` or build fields, not both',
      atKey: true,
    }));
}

function templateArguments({ path, fields }: Entry, defaults: Mapping): readonly Finding[] {
  if (fields['image'] !== undefined || fields['templateArgs'] === undefined) return [];
  if (Object.keys(mapping(fields['templateArgs'])).length === 0) return [];
  const dockerfile = textOf(fields['dockerfile']) ?? 'Dockerfile';
  const template = fields['template'] ?? defaults['template'] ?? templateByName(dockerfile);
  if (template !== 'none') return [];
  return [
    {
      path: [...path, 'templateArgs'],
      message: `${dockerfile} is not rendered as a template`,
      expected: '`template`, a name that ends with .hbs, or no `templateArgs`',
      atKey: true,
    },
  ];
}

/** What a Dockerfile is when the definition does not say: a template only by its name. */
export function templateByName(dockerfile: string): 'handlebars' | 'none' {
  return dockerfile.endsWith('.hbs') ? 'handlebars' : 'none';
}

function missingFallbacks(
  spec: Mapping,
  defaults: Mapping,
  built: readonly Entry[],
  fallbacks: Fallbacks,
): readonly Finding[] {
  const findings: Finding[] = [];
  const needs = (field: string): boolean =>
    defaults[field] === undefined && built.some(({ fields }) => fields[field] === undefined);
  if (spec['registry'] === undefined && fallbacks.registry === undefined && needs('repository')) {
    findings.push({
      path: ['spec', 'registry'],
      message: '`registry` is missing, and the environment has none to fall back to',
      expected: 'where images are pushed to: registry.example.com/shop',
      missing: [['spec', 'registry']],
    });
  }
  if (spec['source'] === undefined && fallbacks.source === undefined && needs('source')) {
    findings.push({
      path: ['spec', 'source'],
      message:
        '`source` is missing, and there is no commit of the definition’s own repository to fall back to',
      expected: 'a mapping with `git` and `ref`',
      missing: [['spec', 'source']],
    });
  }
  return findings;
}

function collisions(
  components: readonly { readonly component: Entry; readonly own: readonly Entry[] }[],
  spec: Mapping,
  defaults: Mapping,
  fallbacks: Fallbacks,
  application: unknown,
): readonly Finding[] {
  const registry =
    textOf(spec['registry']) ??
    fallbackRegistry(fallbacks, textOf(application) ?? '') ??
    '<registry>';
  const owners = new Map<string, string>();
  return components.flatMap(({ component, own }) =>
    own.flatMap(({ path, fields }) => {
      if (fields['image'] !== undefined || typeof fields['name'] !== 'string') return [];
      const componentName = textOf(component.fields['name']) ?? '';
      const label = `${componentName}/${fields['name']}`;
      const explicit = textOf(fields['repository'] ?? defaults['repository']);
      const repository = explicit ?? imageRepositoryName(registry, componentName, fields['name']);
      const owner = owners.get(repository);
      // Two containers of one name are reported as that.
      if (owner === undefined || owner === label) {
        owners.set(repository, label);
        return [];
      }
      return [
        {
          path: [...path, fields['repository'] === undefined ? 'name' : 'repository'],
          message: `its image would be ${repository}, which is that of ${owner}`,
          expected:
            fields['repository'] === undefined && explicit !== undefined
              ? 'a `repository` of its own, or none in `spec.defaults`'
              : 'another name, or another `repository`',
        },
      ];
    }),
  );
}

export function fallbackRegistry(fallbacks: Fallbacks, application: string): string | undefined {
  return fallbacks.registry === undefined ? undefined : `${fallbacks.registry}/${application}`;
}

export function imageRepositoryName(
  registry: string,
  component: string,
  container: string,
): string {
  return `${registry}/${component}-${container}`;
}
