import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packageManifest } from '../../client/manifest.ts';
import project from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = packageManifest(project);

/** The modules that the library consists of, and the packages that they import, types included. */
function closure(): { readonly modules: readonly string[]; readonly packages: readonly string[] } {
  const modules = new Set<string>();
  const packages = new Set<string>();
  const pending = [join(root, 'client', 'index.ts')];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (modules.has(file)) continue;
    modules.add(file);
    const imports = readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\b[^;]*? from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gms,
    );
    for (const [, from, bare, dynamic] of imports) {
      const name = from ?? bare ?? dynamic ?? '';
      if (name.startsWith('.')) pending.push(join(dirname(file), name));
      else if (!name.startsWith('node:')) packages.add(/^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '');
    }
  }
  return {
    modules: [...modules].map((file) => relative(root, file)),
    packages: [...packages].toSorted(),
  };
}

test('the package depends on what the library imports, and on nothing else', () => {
  const { modules, packages } = closure();
  // The walk has gone through all of it.
  for (const module of ['client/store.ts', 'definition/schema.ts', 'workflows/contract/ids.ts'])
    expect(modules).toContain(module);
  expect(Object.keys(manifest.dependencies)).toEqual(packages);
});

test('the package has the versions of the project', () => {
  expect(manifest).toMatchObject({ name: 'slipway', version: project.version, type: 'module' });
  expect(project.dependencies).toMatchObject(manifest.dependencies);
});

test('the library is made of parts that go into the package', () => {
  const folders = new Set(closure().modules.map((module) => dirname(module)));
  expect([...folders].toSorted()).toEqual([
    'client',
    'client/logs',
    'definition',
    'workflows/contract',
  ]);
});

test('what the package exports is there when it is built', () => {
  const { '.': library, './schema.json': schema } = manifest.exports;
  expect(library.types).toBe(library.default.replace(/\.js$/, '.d.ts'));
  expect(existsSync(join(root, library.default.replace(/\.js$/, '.ts')))).toBe(true);
  for (const copied of [schema, manifest.bin.slipway])
    expect(existsSync(join(root, copied))).toBe(true);
});
