import { describe, expect, it } from 'vitest';
import { definition, problems } from './definitions.ts';

/** The definition with these lines in the place of its own line that begins like this. */
function replaced(start: string, ...lines: readonly string[]): string {
  return definition('{ name: c }')
    .split('\n')
    .flatMap((line) => (line.trim().startsWith(start) ? lines : [line]))
    .join('\n');
}

const container = (fields: string): string => definition(`{ name: c, ${fields} }`);

describe('a field that belongs elsewhere', () => {
  it.each([
    ['at the top', replaced('spec:', 'components: []', 'spec:'), 'components', '`spec`'],
    ['at the top', replaced('kind:', 'kind: Application', 'name: a'), 'name', '`metadata`'],
    [
      'in metadata',
      replaced('metadata:', 'metadata: { name: a, version: b }'),
      'version',
      '`spec`',
    ],
    ['in spec', replaced('registry:', '  name: a'), 'name', '`metadata`'],
    ['in spec', replaced('registry:', '  pushSecret: a'), 'pushSecret', '`spec.defaults`'],
    ['in spec', replaced('registry:', '  context: a'), 'context', 'a container'],
    ['in spec', replaced('registry:', '  containers: []'), 'containers', 'a component'],
    ['in spec', replaced('registry:', '  git: a'), 'git', '`source`'],
    ['in spec', replaced('source:', '  git: a'), 'git', '`source`'],
    ['in defaults', replaced('registry:', '  defaults: { image: a }'), 'image', 'a container'],
    ['in defaults', replaced('registry:', '  defaults: { name: a }'), 'name', 'a container'],
    ['in defaults', replaced('registry:', '  defaults: { memory: 1Gi }'), 'memory', '`resources`'],
    [
      'in a component',
      replaced('- name: api', '    - name: api', '      context: a'),
      'context',
      'a container',
    ],
    [
      'in a component',
      replaced('- name: api', '    - name: api', '      version: a'),
      'version',
      '`spec`',
    ],
    ['in a container', container('initContainers: []'), 'initContainers', 'the component'],
    ['in a container', container('memory: 1Gi'), 'memory', '`resources`'],
    ['in a container', container('ref: main'), 'ref', '`source`'],
    ['in a container', container('registry: a'), 'registry', '`spec`'],
    ['in resources', container('resources: { build: 30m }'), 'build', '`timeouts`'],
    [
      'in a source',
      container('source: { git: "https://e.com/x", ref: m, definition: a }'),
      'definition',
      '`spec.source`',
    ],
    [
      'in a source',
      container('source: { git: "https://e.com/x", ref: m, context: a }'),
      'context',
      'a container',
    ],
  ])('%s is told where', (_where, text, field, place) => {
    const found = problems(text).filter(
      ({ message }) => !message.startsWith('`registry` is missing'),
    );
    expect(found).toMatchObject([
      {
        message: `\`${field}\` has no place here`,
        expected: expect.stringContaining(`it in ${place}`),
      },
    ]);
  });
});

describe('a misspelt field', () => {
  it.each([
    ['kind', replaced('kind:', 'knid: Application'), '`kind`?'],
    ['metadata', replaced('metadata:', 'Metadata: { name: shop }'), '`metadata`?'],
    ['name', definition('{ nmae: c }'), '`name`?'],
    ['containers', replaced('containers:', '      contaners:'), '`containers`?'],
    ['registry', replaced('registry:', '  registri: e.com/x'), '`registry`?'],
    ['source', replaced('source:', '  sorce: { git: "https://e.com/x", ref: m }'), '`source`?'],
    [
      'cron',
      replaced('registry:', '  registry: e.com/x', '  schedules: [{ name: a, corn: "0 3 * * *" }]'),
      '`cron`?',
    ],
    ['memory', container('resources: { mem: 1Gi }'), '`memory`?'],
    ['git', replaced('source:', '  source: { repository: "https://e.com/x", ref: m }'), '`git`?'],
    ['git', replaced('source:', '  source: { url: "https://e.com/x", ref: m }'), '`git`?'],
    ['ref', replaced('source:', '  source: { git: "https://e.com/x", branch: m }'), '`ref`?'],
    ['env', container('environment: { A: b }'), '`env`?'],
    ['context', container('path: services/api'), '`context`?'],
    [
      'name without a space behind its colon',
      definition('{name:c}'),
      'a space after the colon, `name: c`',
    ],
  ])('is the one problem where it was to be %s', (_field, text, expected) => {
    expect(problems(text).map((problem) => problem.expected)).toEqual([expected]);
  });

  it('is asked to be a name where its value holds fields', () => {
    const text = definition('server:\n            context: a', 'worker:');
    expect(problems(text).map(({ line, expected }) => [line, expected])).toEqual([
      [10, '`name: server`, with its fields beside it'],
      [12, '`name: worker`, with its fields beside it'],
    ]);
  });

  it('is not asked for a name that is there', () => {
    const text = definition('{ name: c, volumes: { A: b } }');
    expect(problems(text)).toMatchObject([{ expected: expect.stringMatching(/^one of name, /) }]);
  });

  it('is told to be one level too many', () => {
    const text = definition('{ container: { name: c, context: a } }').replace(
      '- name: api',
      '- component:\n        name: api',
    );
    const nested = text.replace(/^ {6}containers/m, '        containers').replace('- {', '  - {');
    expect(problems(nested).map(({ line, expected }) => [line, expected])).toEqual([
      [8, '`name` and the fields beside it in the item itself'],
    ]);
  });

  it.each([
    ['resources', 'resources: { limits: { memory: 1Gi } }', 'one of cpu, memory, ephemeralStorage'],
    ['compose', 'build: { context: a }', expect.stringMatching(/^one of name, /)],
  ])('is not told a place that its value does not fit: %s', (_what, field, expected) => {
    expect(problems(container(field))).toMatchObject([{ expected }]);
  });

  it('is told the only one there is', () => {
    const text = replaced('metadata:', 'metadata: { name: a, labels: { b: c } }');
    expect(problems(text)).toMatchObject([{ expected: '`name` alone' }]);
  });

  it('does not hide that another field is missing', () => {
    const text = definition(
      '{ contxt: a }',
      '{ name: b, source: { git: "https://e.com/x", reff: m } }',
    );
    expect(problems(text).map(({ path, expected }) => [path, expected])).toEqual([
      ['spec.components[0].containers[0].name', expect.stringContaining('a name of')],
      ['spec.components[0].containers[0].contxt', '`context`?'],
      ['spec.components[0].containers[1].source.reff', '`ref`?'],
    ]);
  });
});

describe('a document of another kind is told that alone', () => {
  const deployment =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { labels: {} }\nspec: { replicas: 1 }';
  it('a Deployment', () => {
    expect(problems(deployment).map(({ path, expected }) => [path, expected])).toEqual([
      ['apiVersion', 'slipway/v1'],
      ['kind', 'Application'],
    ]);
  });

  it.each(['services: { web: {} }', 'name: ci\non: push\njobs: {}', '{}'])('%j', (text) => {
    expect(problems(text)).toMatchObject([
      {
        line: 1,
        column: 1,
        path: '',
        message: 'this is no application: it has none of apiVersion, kind, metadata, spec',
      },
    ]);
  });
});

describe('what follows from another problem is not one more', () => {
  it.each([
    ['a container that is a name', '- server', 'spec.components[0].containers[0]'],
    ['containers that are none', '', 'spec.components[0].containers'],
  ])('%s', (_what, line, path) => {
    const text = definition('{ name: c }').replace('        - { name: c }', `        ${line}`);
    expect(problems(text).map((problem) => problem.path)).toEqual([path]);
  });
});
