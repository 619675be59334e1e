/** What the package takes over from the project. */
interface Project {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What the library imports: of the project's packages, most are the worker's alone. */
const imported = [
  '@temporalio/client',
  '@temporalio/common',
  '@temporalio/envconfig',
  'undici',
  'yaml',
  'zod',
] as const;

/** The manifest of the client library's package, which is packed by itself. */
export function packageManifest(project: Project) {
  const { name, version, description, license, engines, dependencies } = project;
  return {
    name,
    version,
    description,
    license,
    private: true,
    type: 'module',
    engines,
    // It says that the command is elsewhere.
    bin: { slipway: 'bin/slipway.js' },
    exports: {
      '.': { types: './client/index.d.ts', default: './client/index.js' },
      './schema.json': './definition/schema.json',
      './package.json': './package.json',
    },
    dependencies: Object.fromEntries(
      imported.map((dependency) => [dependency, required(dependencies, dependency)]),
    ),
  };
}

function required(dependencies: Project['dependencies'], name: string): string {
  const range = dependencies[name];
  if (range === undefined) throw new TypeError(`the project does not depend on ${name}`);
  return range;
}
