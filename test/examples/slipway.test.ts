import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readIgnoreRules } from '../../activities/source/ignore-rules.ts';
import { npmSecret } from '../../dev/cluster/npm-settings.ts';
import { parseDefinition } from '../../definition/parse.ts';

const root = join(import.meta.dirname, '../..');
const example = join(root, 'examples', 'slipway');
const dockerfile = readFileSync(join(example, 'Dockerfile'), 'utf8');

test('the definition is whole but for what the surroundings fill in', () => {
  const parsed = parseDefinition(readFileSync(join(example, 'slipway.yaml'), 'utf8'), {
    file: 'slipway.yaml',
    registry: 'registry.example.com/slipway',
    source: { git: 'file:///slipway.git', ref: 'main' },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  const [component] = parsed.application.components;
  expect(component?.containers).toHaveLength(1);
  const [container] = component?.containers ?? [];
  if (container?.kind !== 'build') throw new TypeError('the worker’s image is built');
  expect(container.context).toBe('.');
  expect(existsSync(join(root, container.dockerfile))).toBe(true);
  // The local environment makes this Secret, and each value has a mount.
  expect(container.secrets?.map(({ secret }) => secret)).toEqual([npmSecret, npmSecret]);
  for (const { id } of container.secrets ?? []) {
    expect(dockerfile).toContain(`--mount=type=secret,id=${id}`);
  }
});

test('the image has the Node that the project is developed with', () => {
  const lock = z
    .object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
    .parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  expect(/^ARG NODE_VERSION=(.+)$/m.exec(dockerfile)?.[1]).toBe(
    lock.packages['node_modules/node']?.version,
  );
});

/** What a directory's files import of the repository outside of it, and what that imports. */
async function reached(top: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(top)) return seen;
  seen.add(top);
  if (top.includes('.')) return seen;
  const names = await readdir(join(root, top), { recursive: true });
  for (const name of names.filter((each) => each.endsWith('.ts'))) {
    const text = await readFile(join(root, top, name), 'utf8');
    for (const [, path = ''] of text.matchAll(/from '(\.\.?\/[^']+)'/g)) {
      await reached(join(top, name, '..', path).split('/')[0] ?? '', seen);
    }
  }
  return seen;
}

test('the context holds all that a worker imports, and no test, client or key', async () => {
  const rules = await readIgnoreRules(root, 'examples/slipway/Dockerfile');
  const present = async (paths: readonly string[]): Promise<readonly string[]> => {
    const ignored = await rules.ignored(paths);
    return paths.filter((path) => !ignored.has(path));
  };
  const imported = await reached('worker');
  expect(imported).toContain('activities');
  const files = [...imported].map((top) => (top.includes('.') ? top : `${top}/some/file.ts`));
  expect(await present(files)).toEqual(files);
  const wanted = ['package.json', 'package-lock.json', '.npmrc'];
  expect(await present(wanted)).toEqual(wanted);
  const others = ['test/a.test.ts', 'cli/main.ts', 'node_modules/a/b.js', '.git/config', '.env'];
  expect(await present(others)).toEqual([]);
});
