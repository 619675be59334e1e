import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRenderDockerfile } from '../../../activities/dockerfile/render-dockerfile.ts';
import { builtContainer, commit, digestOf } from '../package/fixtures.ts';
import { publishApplication } from '../package/published.ts';
import { createInMemoryRegistry } from '../../support/in-memory-registry.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const kaniko = `e.com/kaniko@${digestOf('kaniko')}`;

async function render(version: string | null) {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
  const { store } = await publishApplication({ version: '1.4.0' });
  const renderDockerfile = createRenderDockerfile({
    trees: { withTree: async (_, use) => use(directory) },
    store,
    registry: createInMemoryRegistry(),
    secrets: { requireRegistryUse: async () => {}, requireBuildUse: async () => {} },
    settings: { defaultBuilder: 'kaniko', builderImages: { kaniko, buildah: null } },
  });
  const container = builtContainer('server');
  return renderDockerfile({
    source: { ...container.source, commit },
    container,
    context: { object: 'contexts/x.tar.gz', digest: digestOf('changed'), size: 1 },
    force: false,
    identity: { application: 'shop', component: 'api', version },
  });
}

it('a version that is published with other inputs is refused before there is any Pod', async () => {
  await expect(render('1.4.0')).rejects.toMatchObject({
    type: 'VersionExists',
    message: expect.stringMatching(
      /^components\/shop\/api\/1\.4\.0\.zip .*server: input digest/,
    ) as string,
  });
});

it.each(['1.5.0', null])(
  'the version %s, under which nothing is published, goes on',
  async (version) => {
    expect((await render(version)).unchanged).toBeNull();
  },
);
