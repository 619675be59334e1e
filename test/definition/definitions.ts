import type {
  Application,
  BuiltContainer,
  Container,
} from '../../workflows/contract/application.ts';
import { parseDefinition, type ParseOptions } from '../../definition/parse.ts';
import type { Problem } from '../../definition/problem.ts';

/** A definition around one component `api` with these containers, in YAML flow style. */
export function definition(...containers: readonly string[]): string {
  return [
    'apiVersion: slipway/v1',
    'kind: Application',
    'metadata: { name: shop }',
    'spec:',
    '  registry: registry.example.com/shop',
    '  source: { git: https://git.example.com/shop.git, ref: main }',
    '  components:',
    '    - name: api',
    '      containers:',
    ...containers.map((container) => `        - ${container}`),
  ].join('\n');
}

export function parsed(text: string, options: Omit<ParseOptions, 'file'> = {}): Application {
  const result = parseDefinition(text, { file: 'slipway.yaml', ...options });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.application;
}

export function containers(application: Application): readonly Container[] {
  return application.components.flatMap((component) => component.containers);
}

export function firstBuilt(application: Application): BuiltContainer {
  const found = containers(application).find((container) => container.kind === 'build');
  if (found === undefined) throw new Error('the application builds nothing');
  return found;
}

export function problems(
  text: string,
  options: Omit<ParseOptions, 'file'> = {},
): readonly Problem[] {
  const result = parseDefinition(text, { file: 'slipway.yaml', ...options });
  return result.ok ? [] : result.problems;
}
