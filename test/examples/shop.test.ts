import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { externalImages } from '../../activities/dockerfile/pin.ts';
import { renderTemplate } from '../../activities/dockerfile/template.ts';
import { parseDefinition } from '../../definition/parse.ts';
import type { Application, BuiltContainer } from '../../workflows/contract/application.ts';

const root = fileURLToPath(new URL('../../examples/shop/', import.meta.url));

function shop(): Application {
  const parsed = parseDefinition(readFileSync(join(root, 'slipway.yaml'), 'utf8'), {
    file: 'slipway.yaml',
    registry: 'registry.example.com/shop',
    source: { git: 'file:///shop.git', ref: 'main' },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.application;
}

function dockerfile({ context, dockerfile: file, ...container }: BuiltContainer): string {
  const text = readFileSync(join(root, context, file), 'utf8');
  const { template, templateArgs, unusedArguments } = container;
  return renderTemplate(template, text, templateArgs, { file, unusedArguments }).text;
}

const containers = shop().components.flatMap((component) => component.containers);
const built = containers.filter((container): container is BuiltContainer => container.kind === 'build');

describe('examples/shop', () => {
  it('has every kind of container that the demo shows', () => {
    expect(shop().components.length).toBeGreaterThanOrEqual(3);
    expect(containers.length).toBeGreaterThanOrEqual(7);
    expect(shop().version).toBeNull();
    expect(containers.filter(({ init }) => init)).toHaveLength(2);
    expect(containers.filter(({ kind }) => kind === 'existing')).toHaveLength(1);
    expect(built.some(({ template }) => template === 'handlebars')).toBe(true);
    expect(built.some(({ target }) => target !== null)).toBe(true);
    expect(built.some(({ buildArgs }) => Object.keys(buildArgs).length > 0)).toBe(true);
    expect(built.some(({ tags }) => tags.length > 0)).toBe(true);
    expect(new Set(built.map(({ context }) => context)).size).toBeLessThan(built.length);
  });

  it.each(built.map((container) => [container.repository, container] as const))(
    'has the context and the Dockerfile of %s',
    (_, { context, dockerfile }) => {
      expect(existsSync(join(root, context, dockerfile))).toBe(true);
    },
  );

  it.each(built.map((container) => [container.repository, container] as const))(
    'builds %s from what the local environment serves',
    (_, container) => {
      const images = externalImages(dockerfile(container), {
        buildArgs: container.buildArgs,
        target: container.target,
        platform: 'linux/amd64',
        file: container.dockerfile,
      });
      expect(images.length).toBeGreaterThan(0);
      for (const { name } of images) expect(['busybox:1.36', 'debian:12']).toContain(name);
    },
  );

  it('has a template whose conditions and loops leave their mark', () => {
    const server = built.find(({ template }) => template === 'handlebars');
    const text = dockerfile(server!);
    expect(text).toContain('RUN sh -n server.sh\n');
    expect(text).toContain('-v categories=rigging -f catalogue.awk catalogue.csv > www/rigging.json');
    expect(text).toContain('-v categories=tools,rigging,charts, -f');
    expect(text).not.toContain('{{');
  });

  it('gives its containers the resources and Secrets of the defaults', () => {
    for (const { resources, pushSecret, pullSecret } of built) {
      expect({ resources, pushSecret, pullSecret }).toEqual({
        resources: { memory: '512Mi' },
        pushSecret: 'registry',
        pullSecret: 'registry',
      });
    }
  });
});
