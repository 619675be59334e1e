import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAssembleApplication } from '../../../activities/package/assemble-application.ts';
import { createAssembleComponent } from '../../../activities/package/assemble-component.ts';
import type { AssembleComponentOutput } from '../../../workflows/contract/activities.ts';
import type { Application } from '../../../workflows/contract/application.ts';
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
  finishedComponent,
  finishedContainer,
  openArchive,
  packageRef,
  runner,
  wrongSums,
} from './fixtures.ts';

const run = promisify(execFile);
const publishing = fileURLToPath(new URL('publish.child.ts', import.meta.url));
const server = builtContainer('server');
const worker = builtContainer('worker');
const components = [component([server, worker], { name: 'web' }), component([server])];
const registry = { tag: async () => {} };
const object = 'applications/shop/1.4.0.zip';

let store: InMemoryObjectStore;
let input: Contents;

interface Contents {
  readonly application: Pick<Application, 'name' | 'version'>;
  readonly components: readonly AssembleComponentOutput[];
}

beforeEach(async () => {
  store = createInMemoryObjectStore();
  for (const { name } of [server, worker]) {
    store.objects.set(dockerfileObject(name), Buffer.from(dockerfileOf(name)));
  }
  input = await inputFor('1.4.0');
});

/** Assembles the components, as the workflow does, and gives what the application is made of. */
async function inputFor(version: string | null, seed = 'a'): Promise<Contents> {
  const application = { name: 'shop', version };
  const executions = buildThatSays({
    components: components.map((item) => finishedComponent(item, seed)),
  });
  const assembleComponent = createAssembleComponent({ executions, store, registry, ...runner });
  const outputs = components.map(({ name }) =>
    assembleComponent({ ...build, application, component: name }),
  );
  return { application, components: await Promise.all(outputs) };
}

function assemble(changes: Partial<Contents> = {}) {
  const { application, components: packages } = { ...input, ...changes };
  const executions = buildThatSays({ packages });
  return createAssembleApplication({ executions, store, ...runner })({ ...build, application });
}

describe('assembleApplication', () => {
  it('publishes the component packages under the version, with sums that are right', async () => {
    const output = await assemble();
    const archive = store.objects.get(object)!;
    expect(output).toEqual({
      version: '1.4.0',
      package: packageRef(object, archive),
    });
    const entries = await openArchive(archive);
    expect(entries.map(({ path }) => path)).toEqual([
      'SHA256SUMS',
      'application.json',
      'components/api.zip',
      'components/web.zip',
    ]);
    expect(await wrongSums(archive)).toEqual([]);
    const web = entries.find(({ path }) => path === 'components/web.zip');
    expect(web!.content.equals(store.objects.get('components/shop/web/1.4.0.zip')!)).toBe(true);
  });

  it('describes the components and their images, by name', async () => {
    await assemble();
    const entries = await openArchive(store.objects.get(object)!);
    const description: unknown = JSON.parse(
      entries.find(({ path }) => path === 'application.json')!.text,
    );
    const [web, api] = input.components;
    const served = finishedContainer(server).image;
    expect(description).toEqual({
      schemaVersion: 1,
      name: 'shop',
      version: '1.4.0',
      components: [
        {
          name: 'api',
          version: '1.4.0',
          package: 'components/api.zip',
          sha256: api!.package.sha256,
          images: [{ container: 'server', image: served }],
        },
        {
          name: 'web',
          version: '1.4.0',
          package: 'components/web.zip',
          sha256: web!.package.sha256,
          images: [
            { container: 'server', image: served },
            { container: 'worker', image: finishedContainer(worker).image },
          ],
        },
      ],
    });
  });

  it('gives the same bytes whatever the order in which components ended', async () => {
    const first = await assemble();
    store.objects.delete(object);
    const second = await assemble({
      components: input.components.toReversed(),
    });
    expect(second).toEqual(first);
  });

  it('gives the same packages in every time zone', async () => {
    const zones = ['Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kathmandu', 'UTC'];
    const { stdout } = await run(process.execPath, [publishing, ...zones]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
    expect(new Set(lines.map((line) => line.pop())).size).toBe(zones.length);
    expect(new Set(lines.map((line) => line.join(' '))).size).toBe(1);
    expect(lines[0]).toHaveLength(3);
  });

  it('derives a version that is the same for the same inputs and another for others', async () => {
    const first = await assemble(await inputFor(null));
    expect(first.version).toMatch(/^0\.0\.0-g1234567890\.i[0-9a-f]{8}$/);
    expect(first.package.object).toBe(`applications/shop/${first.version}.zip`);
    expect(await assemble(await inputFor(null))).toEqual(first);
    expect((await assemble(await inputFor(null, 'b'))).version).not.toBe(first.version);
  });

  it('refuses a version that is published with other images', async () => {
    await assemble();
    for (const { package: ref } of input.components) store.objects.delete(ref.object);
    await expect(assemble(await inputFor('1.4.0', 'b'))).rejects.toMatchObject({
      type: 'VersionExists',
      message: expect.stringMatching(
        /^applications\/shop\/1\.4\.0\.zip .*web\/server: published .*@sha256:.*, now .*@sha256:/,
      ),
    });
  });

  it.each([
    ['not the one that was assembled', 'something else'],
    ['gone', null],
  ])('refuses a component package that is %s', async (_, content) => {
    const { object: packaged } = input.components[0]!.package;
    if (content === null) store.objects.delete(packaged);
    else store.objects.set(packaged, Buffer.from(content));
    await expect(assemble()).rejects.toMatchObject({
      type: 'ContextCorrupted',
      nonRetryable: true,
      message: expect.stringContaining(packaged),
    });
    expect(store.objects.has(object)).toBe(false);
  });
});
