import { join } from 'node:path';
import { connect } from '../../client/connect.ts';
import { submitBuild } from '../../client/submit.ts';
import type { LocalEnvironment } from '../../dev/environment.ts';
import { instancePaths } from '../../dev/instance/paths.ts';
import { parseSettings } from '../../worker/config.ts';
import { connectServices } from '../../worker/services.ts';
import type { BuildResult } from '../../workflows/contract/build.ts';
import { mirrorExamples } from './mirror-examples.ts';
import { ProofFailed, proveImages, provePackages } from './prove-build.ts';
import { runImage } from './run-image.ts';
import { exitCode, type ExitCode } from '../exit.ts';
import { lineReporter } from '../reporter.ts';
import { startEnvironment } from '../start-environment.ts';
import { painter, summary } from '../view/format.ts';
import { projectRoot } from '../worker-command.ts';
import { follow } from '../commands/build.ts';
import { readDefinition } from '../commands/definition.ts';

/** The container of `examples/shop` that prints an answer and ends. */
const answering = { component: 'catalogue', container: 'server', args: ['--self-test'] };

/**
 * Brings the local environment up, builds the example application in it and proves what came out.
 *
 * @throws ProofFailed, and what the parts throw
 */
export async function runDemo(): Promise<ExitCode> {
  const reporter = lineReporter(process.stderr);
  const local = await startEnvironment();
  const sources = instancePaths(local.home).sources;
  await reporter.step('Mirroring examples/ into git repositories', () =>
    mirrorExamples(projectRoot, sources),
  );
  const file = join(sources, 'shop', 'slipway.yaml');
  reporter.info(`npx slipway build ${file}`);
  const result = await build(file, local);
  process.stdout.write(`\n${summary(result, painter(process.stdout))}\n\n`);
  if (result.status !== 'succeeded') return exitCode.failed;
  const proof = await reporter.step('Proving images and packages', () => prove(result, local));
  process.stdout.write(closing(result, local, proof));
  return exitCode.succeeded;
}

async function build(file: string, local: LocalEnvironment): Promise<BuildResult> {
  const client = await connect(local.settings);
  try {
    const application = await readDefinition(file, local.settings);
    const id = await submitBuild(client, application);
    return (await follow(client, id)).result;
  } finally {
    await client.close();
  }
}

interface Proof {
  readonly images: number;
  readonly packages: number;
  readonly entries: number;
  readonly image: string;
  readonly output: string;
  readonly builder: string;
}

async function prove(result: BuildResult, local: LocalEnvironment): Promise<Proof> {
  const services = await connectServices(parseSettings(local.settings));
  try {
    const secret = local.registry.secretName;
    const images = await proveImages(result, services.registry, secret);
    const packages = await provePackages(result, services.store);
    const image = result.components
      .find(({ name }) => name === answering.component)
      ?.containers.find(({ name }) => name === answering.container)?.image;
    if (image === null || image === undefined) {
      throw new ProofFailed(`no image of ${answering.component}/${answering.container}`);
    }
    const { namespace } = local.kubernetes;
    const output = await runImage(services.kubeConfig, {
      namespace,
      image,
      args: answering.args,
      pullSecret: secret,
    });
    return { images, ...packages, image, output, builder: services.installation.defaultBuilder };
  } finally {
    await services.close();
  }
}

function closing(result: BuildResult, local: LocalEnvironment, proof: Proof): string {
  const { ui, namespace } = local.temporal;
  return [
    `Proved: ${proof.images} images read back by digest, ${proof.packages} packages with ${proof.entries} sums checked.`,
    `${answering.component}/${answering.container} run as a Pod says:`,
    ...proof.output
      .trimEnd()
      .split('\n')
      .map((line) => `  | ${line}`),
    ...(proof.builder === 'kaniko'
      ? []
      : [
          'Kaniko’s image cannot be pulled here, so Buildah built (SLIPWAY_KANIKO_IMAGE names another).',
        ]),
    '',
    `This build in the Temporal UI   ${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(result.buildId)}`,
    'Build your own application      npx slipway build path/to/slipway.yaml   (README, Your own application)',
    'Stop the environment            npx slipway dev down   (its data stays; --purge removes it)',
    '',
  ].join('\n');
}
