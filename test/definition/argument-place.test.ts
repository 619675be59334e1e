import { describe, expect, it } from 'vitest';
import { locateArgument, type ArgumentOf } from '../../definition/argument-place.ts';
import { definition } from './definitions.ts';

const server: ArgumentOf = { component: 'api', container: 'server', field: 'templateArgs' };
const text = definition(
  '{ name: server, dockerfile: D.hbs, templateArgs: &args { own: a }, buildArgs: { own: b } }',
  '{ name: worker, dockerfile: D.hbs, templateArgs: *args }',
).replace('  components:', '  defaults: { templateArgs: { own: c, shared: d } }\n  components:');

describe('an argument is given', () => {
  it.each([
    ['by its container', server, 'own', '11:68: spec.components[0].containers[0].templateArgs.own'],
    [
      'in another field',
      { ...server, field: 'buildArgs' },
      'own',
      '11:91: spec.components[0].containers[0].buildArgs.own',
    ],
    ['by the defaults', server, 'shared', '7:39: spec.defaults.templateArgs.shared'],
    [
      'by way of an alias',
      { ...server, container: 'worker' },
      'own',
      '11:68: spec.components[0].containers[1].templateArgs.own',
    ],
  ] as const)('%s', (_where, of, name, place) => {
    expect(locateArgument(text, of, name)).toBe(place);
  });

  it.each([
    ['by nobody', text, server, 'none'],
    ['by nobody, whatever objects have', text, server, 'constructor'],
    ['by a container that is none', text, { ...server, container: 'x' }, 'own'],
    ['by a component that is none', text, { ...server, component: 'x' }, 'own'],
    ['by what is no YAML', '{', server, 'own'],
    ['by nothing', '', server, 'own'],
  ] as const)('%s', (_who, document, of, name) => {
    expect(locateArgument(document, of, name)).toBeNull();
  });

  it('by an init container', () => {
    const init = definition('{ name: server }').replace(
      '      containers:',
      '      initContainers: [{ name: migrate, buildArgs: { A: b } }]\n      containers:',
    );
    expect(locateArgument(init, { ...server, container: 'migrate', field: 'buildArgs' }, 'A')).toBe(
      '9:54: spec.components[0].initContainers[0].buildArgs.A',
    );
  });
});
