import { describe, expect, test } from 'vitest';
import { UsageError } from '../../cli/exit.ts';
import { findContainer } from '../../cli/find-container.ts';
import { definition, parsed } from '../definition/definitions.ts';

const application = parsed(
  `${definition('{ name: server }', '{ name: proxy, image: e.com/proxy:1 }')}
    - name: web
      initContainers: [{ name: migrate }]
      containers: [{ name: server }, { name: assets }]`,
);

describe('findContainer', () => {
  test.each([
    ['api/server', 'registry.example.com/shop/api-server'],
    ['web/server', 'registry.example.com/shop/web-server'],
    ['web/migrate', 'registry.example.com/shop/web-migrate'],
    ['assets', 'registry.example.com/shop/web-assets'],
    ['migrate', 'registry.example.com/shop/web-migrate'],
  ])('%s is the one of %s', (written, repository) => {
    const { component, container } = findContainer(application, written);
    expect(container.repository).toBe(repository);
    expect(repository).toContain(`/shop/${component}-`);
  });

  test.each([
    ['server', 'server is in several components; expected one of api/server, web/server'],
    ['api/servre', 'shop has no container api/servre; did you mean api/server?'],
    ['asets', 'shop has no container asets; did you mean assets?'],
    [
      'banana',
      'shop has no container banana; expected one of api/server, api/proxy, web/migrate, web/server, web/assets',
    ],
    ['api/assets', 'shop has no container api/assets; did you mean web/assets?'],
    ['api', 'shop has no container api; expected one of api/server'],
    [
      'proxy',
      'api/proxy is an existing image, e.com/proxy:1: it is not built and has no Dockerfile',
    ],
  ])('%s is refused: %s', (written, message) => {
    expect(() => findContainer(application, written)).toThrow(UsageError);
    expect(() => findContainer(application, written)).toThrow(message);
  });

  test('names no more containers than a screen holds', () => {
    const many = Array.from({ length: 100 }, (_, index) => `{ name: c${index} }`);
    const refused = () => findContainer(parsed(definition(...many)), 'banana');
    expect(refused).toThrow(/api\/c19 … \(80 more\)$/);
  });
});
