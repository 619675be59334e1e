import { stringify } from 'yaml';
import type { LocalEnvironment } from '../../../dev/environment.ts';
import { formatProblems } from '../../../definition/problem.ts';
import { parseDefinition } from '../../../definition/parse.ts';
import type { Application } from '../../../workflows/contract/application.ts';

/** A definition as it is written, of which tests say only what they are about. */
export interface DefinitionOptions {
  readonly name: string;
  /** Images are `<registry>/<component>-<container>`. */
  readonly registry: string;
  /** A `file://` URL and, where it isn't `main`, a ref. */
  readonly source: string;
  readonly ref?: string;
  readonly version?: string;
  readonly maxParallel?: number;
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Fields of each container by `<component>/<container>`; init containers have `init: true`. */
  readonly containers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Small limits: many Pods share the machine with the tests. */
const defaults = { builder: 'buildah', resources: { memory: '512Mi' } };

/** The definition's text, with the environment's registry Secret for pushing and pulling. */
export function definitionText(environment: LocalEnvironment, options: DefinitionOptions): string {
  const { name, registry, source, ref = 'main', version, maxParallel } = options;
  return stringify({
    apiVersion: 'slipway/v1',
    kind: 'Application',
    metadata: { name },
    spec: {
      ...(version === undefined ? {} : { version }),
      ...(maxParallel === undefined ? {} : { maxParallel }),
      registry: `${registry}/${name}`,
      source: { git: source, ref },
      defaults: {
        ...defaults,
        pushSecret: environment.registry.secretName,
        pullSecret: environment.registry.secretName,
        ...options.defaults,
      },
      components: components(options.containers),
    },
  });
}

export function application(
  environment: LocalEnvironment,
  options: DefinitionOptions,
): Application {
  const parsed = parseDefinition(definitionText(environment, options), { file: 'slipway.yaml' });
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return parsed.application;
}

function components(containers: DefinitionOptions['containers']): readonly object[] {
  const byComponent = Map.groupBy(
    Object.entries(containers).map(([path, { init = false, ...fields }]) => {
      const [component = '', name = ''] = path.split('/');
      return { component, init: init === true, container: { name, ...fields } };
    }),
    ({ component }) => component,
  );
  return [...byComponent].map(([name, own]) => ({
    name,
    initContainers: own.filter(({ init }) => init).map(({ container }) => container),
    containers: own.filter(({ init }) => !init).map(({ container }) => container),
  }));
}
