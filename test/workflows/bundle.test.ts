import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the workflow bundle reaches nothing outside workflows/ and the Temporal packages', async () => {
  const reached = await importsFrom('workflows/index.ts');

  expect(reached.filter((path) => !isAllowed(path))).toEqual([]);
  // It has looked at something: the workflows, and the package that they run on.
  expect(reached).toEqual(
    expect.arrayContaining([
      'workflows/build-application.ts',
      'workflows/build-container.ts',
      'workflows/contract/failures.ts',
      expect.stringMatching(/^node_modules\/@temporalio\/workflow\//),
    ]),
  );
}, 30_000);

test('what is outside is seen', async () => {
  const stray = 'test/support/workflows/applications.ts';
  expect((await importsFrom(stray)).filter((path) => !isAllowed(path))).toEqual([stray]);
}, 30_000);

function isAllowed(path: string): boolean {
  return path.startsWith('workflows/') || path.startsWith('node_modules/@temporalio/');
}

/** Modules that webpack makes itself have no resource. */
interface BundledModule {
  readonly resource?: string;
}

/**
 * What the repository's own modules in the bundle of `entry` import, the entry among it, as paths
 * relative to the repository. What packages import in turn is theirs.
 */
async function importsFrom(entry: string): Promise<readonly string[]> {
  const reached = new Set<string>();
  await bundleWorkflowCode({
    workflowsPath: join(root, entry),
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => ({
      ...config,
      plugins: [
        ...(config.plugins ?? []),
        (compiler) => {
          compiler.hooks.thisCompilation.tap('imports', (compilation) => {
            compilation.hooks.finishModules.tap('imports', (modules) => {
              for (const module of modules) {
                const { resource } = module as BundledModule;
                if (resource === undefined || resource.includes('/node_modules/')) continue;
                for (const { module: target } of compilation.moduleGraph.getOutgoingConnections(
                  module,
                )) {
                  const path = (target as BundledModule | null)?.resource;
                  if (path !== undefined) reached.add(relative(root, path));
                }
              }
            });
          });
        },
      ],
    }),
  });
  return [...reached];
}
