import { createAssembleApplication } from '../../../activities/package/assemble-application.ts';
import { createAssembleComponent } from '../../../activities/package/assemble-component.ts';
import { Statement } from '../../../activities/package/provenance/statement.ts';
import type { AssembleComponentOutput } from '../../../workflows/contract/activities.ts';
import type { Component } from '../../../workflows/contract/application.ts';
import type { PackageRef } from '../../../workflows/contract/build.ts';
import {
  createInMemoryObjectStore,
  type InMemoryObjectStore,
} from '../../support/in-memory-object-store.ts';
import {
  build,
  buildThatSays,
  builtContainer,
  component,
  dockerfileObject,
  dockerfileOf,
  existingContainer,
  finishedComponent,
  runner,
} from './fixtures.ts';

/** An application of two components, one with an init container and an image that existed. */
export const components: readonly Component[] = [
  component(
    [
      builtContainer('migrate', { init: true }),
      builtContainer('server', { carried: { env: ['DB_URL'] }, pullSecret: 'bases' }),
      existingContainer('proxy', 'registry.example.com/proxy:2'),
    ],
    { name: 'api' },
  ),
  component([builtContainer('site', { repository: 'registry.example.com/shop/web-site' })], {
    name: 'web',
  }),
];

export interface Published {
  readonly store: InMemoryObjectStore;
  readonly version: string;
  readonly package: PackageRef;
  readonly components: readonly AssembleComponentOutput[];
}

/** Publishes the application as a build of this id does, with the production activities. */
export async function publishApplication(
  options: {
    readonly version?: string | null;
    readonly buildId?: string;
    readonly seed?: string;
    readonly store?: InMemoryObjectStore;
  } = {},
): Promise<Published> {
  const {
    version = '1.4.0',
    buildId = build.buildId,
    seed,
    store = createInMemoryObjectStore(),
  } = options;
  const application = { name: 'shop', version };
  const identity = { ...build, buildId, application };
  const assembleComponent = createAssembleComponent({
    executions: buildThatSays({
      components: components.map((one) => finishedComponent(one, seed)),
    }),
    store,
    registry: { tag: async () => {} },
    ...runner,
  });
  const outputs: AssembleComponentOutput[] = [];
  for (const item of components) {
    for (const { name } of item.containers) {
      store.objects.set(dockerfileObject(name), Buffer.from(dockerfileOf(name)));
    }
    outputs.push(await assembleComponent({ ...identity, component: item.name }));
  }
  const executions = buildThatSays({ packages: outputs });
  const assembled = await createAssembleApplication({ executions, store, ...runner })(identity);
  return { store, components: outputs, ...assembled };
}

/** The stored statement about a package, as JSON. */
export function storedStatement(store: InMemoryObjectStore, ref: PackageRef): unknown {
  const content = store.objects.get(ref.provenance ?? '');
  if (content === undefined) throw new Error(`no provenance of ${ref.object}`);
  return JSON.parse(content.toString('utf8'));
}

export function statementOf(store: InMemoryObjectStore, ref: PackageRef): Statement {
  return Statement.parse(storedStatement(store, ref));
}
