import { expect, inject, test } from 'vitest';
import { parseSettings } from '../../../worker/config.ts';
import { connectServices } from '../../../worker/services.ts';
import { containerOf, createInstallation } from '../../support/product/installation.ts';

/** The worker's own look-up: null where no registry answers for the image within seconds. */
async function pinnedExecutor(image: string | undefined): Promise<string | null> {
  const services = await connectServices(
    parseSettings({
      ...inject('environment').settings,
      SLIPWAY_BUILDER: 'buildah',
      ...(image === undefined ? {} : { SLIPWAY_KANIKO_IMAGE: image }),
    }),
  );
  await services.close();
  return services.installation.builderImages.kaniko;
}

test('the real executor builds, and its failures are told apart', async ({ skip }) => {
  const image = await pinnedExecutor(process.env['SLIPWAY_KANIKO_IMAGE']);
  if (image === null) {
    return skip(
      'the registry of Kaniko’s executor image does not answer here; set SLIPWAY_KANIKO_IMAGE to a copy that nodes can pull',
    );
  }
  await using installation = await createInstallation(inject('environment'), 'kaniko-executor');
  await installation.startWorker({ SLIPWAY_BUILDER: 'kaniko', SLIPWAY_KANIKO_IMAGE: image });
  const source = await installation.repository();
  await source.commit({
    'good/Dockerfile': 'FROM busybox\nCOPY file /file\nRUN cat /file\n',
    'good/file': 'one',
    'command/Dockerfile': 'FROM busybox\nRUN exit 7\n',
    'copy/Dockerfile': 'FROM busybox\nCOPY missing /\n',
  });
  const definition = {
    name: 'kaniko-executor',
    source: source.url,
    defaults: { builder: 'kaniko', resources: { memory: '512Mi' } },
    containers: Object.fromEntries(
      ['good', 'command', 'copy'].map((name) => [`main/${name}`, { context: name }]),
    ),
  };
  const first = await installation.build(definition);

  expect(containerOf(first, 'main/good').status).toBe('built');
  expect(containerOf(first, 'main/command').failure).toMatchObject({
    type: 'BuildCommandFailed',
    message: '`RUN exit 7` exited with 7',
  });
  expect(containerOf(first, 'main/copy').failure?.type).toBe('DockerfileInvalid');

  const again = await installation.build(definition, { force: 'all' });
  expect(containerOf(again, 'main/good').digest).toBe(containerOf(first, 'main/good').digest);
});
