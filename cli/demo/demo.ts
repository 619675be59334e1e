import { join } from 'node:path';
import { connect } from '../../client/connect.ts';
import type { BuildSnapshot } from '../../client/get.ts';
import { submitBuild } from '../../client/submit.ts';
import type { LocalEnvironment } from '../../dev/environment.ts';
import type { ClusterChoice } from '../../dev/kube-context/up.ts';
import { instancePaths } from '../../dev/instance/paths.ts';
import { parseSettings } from '../../worker/config.ts';
import { connectServices } from '../../worker/services.ts';
import type { BuildResult } from '../../workflows/contract/build.ts';
import { mirrorExamples } from './mirror-examples.ts';
import { ProofFailed } from './proof-failed.ts';
import { proveImages, provePackages } from './prove-build.ts';
import { runImage } from './run-image.ts';
import { exitCode, type ExitCode } from '../exit.ts';
import { lineReporter } from '../reporter.ts';
import { startEnvironment } from '../start-environment.ts';
import { plainText } from '../view/foreign-text.ts';
import { painter } from '../view/format.ts';
import { projectRoot } from '../worker-command.ts';
import { follow, heading } from '../follow.ts';
import { progressView } from '../view/progress-view.ts';
import { summary } from '../view/summary.ts';
import { readDefinition } from '../commands/definition.ts';

/** The container of `examples/shop` that prints an answer and ends. */
const answering = { component: 'catalogue', container: 'server', args: ['--self-test'] };

/**
 * Brings the local environment up, builds the example application in it and proves what came out.
 *
 * @param cluster the user's own, instead of a Kubernetes on this machine
 * @throws ProofFailed, and what the parts throw
 */
export async function runDemo(cluster?: ClusterChoice): Promise<ExitCode> {
  const reporter = lineReporter(process.stderr);
  const local = await startEnvironment(cluster);
  const sources = instancePaths(local.home).sources;
  await reporter.step('Mirroring examples/ into git repositories', () =>
    mirrorExamples(projectRoot, sources),
  );
  const file = join(sources, 'shop', 'slipway.yaml');
  reporter.info(`slipway build ${file}`);
  const snapshot = await build(file, local);
  if (snapshot === null) return exitCode.interrupted;
  const { result, failure } = snapshot;
  process.stdout.write(`\n${summary(result, failure, painter(process.stdout))}\n\n`);
  if (result.status !== 'succeeded') return exitCode.failed;
  const proof = await reporter.step('Proving images and packages', () => prove(result, local));
  process.stdout.write(closing(result, local, proof));
  return exitCode.succeeded;
}

async function build(file: string, local: LocalEnvironment): Promise<BuildSnapshot | null> {
  const client = await connect({ environment: local.settings });
  try {
    const application = await readDefinition(file, local.settings);
    const id = await submitBuild(client, application);
    process.stderr.write(`${heading(id, local)}\n`);
    const followed = await follow(client, id, { view: progressView(process.stderr, Date.now()) });
    return followed.snapshot;
  } finally {
    await client.close();
  }
}

interface Proof {
  readonly images: number;
  readonly packages: number;
  readonly entries: number;
  /** What the image printed; null where it wasn't run: the user's nodes don't trust the registry's CA. */
  readonly output: string | null;
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
    const { namespace, context } = local.kubernetes;
    const { defaultBuilder: builder } = services.installation;
    if (context !== undefined) return { images, ...packages, output: null, builder };
    const output = await runImage(services.kubeConfig, {
      namespace,
      image,
      args: answering.args,
      pullSecret: secret,
    });
    return { images, ...packages, output, builder };
  } finally {
    await services.close();
  }
}

function answer(output: string | null, local: LocalEnvironment): readonly string[] {
  const name = `${answering.component}/${answering.container}`;
  if (output === null)
    return [
      `${name} was not run as a Pod: your cluster's nodes would have to trust ${local.caBundle} for ${local.registry.host}.`,
    ];
  const lines = plainText(output).trimEnd().split('\n');
  return [`${name} run as a Pod says:`, ...lines.map((line) => `  | ${line}`)];
}

function closing(result: BuildResult, local: LocalEnvironment, proof: Proof): string {
  const { ui, namespace } = local.temporal;
  return [
    `Proved: ${proof.images} images read back by digest, ${proof.packages} packages with ${proof.entries} sums checked.`,
    ...answer(proof.output, local),
    ...(proof.builder === 'kaniko' || local.settings['SLIPWAY_BUILDER'] !== undefined
      ? []
      : [
          'Kaniko’s image cannot be pulled here, so Buildah built (SLIPWAY_KANIKO_IMAGE names another).',
        ]),
    '',
    `This build in the Temporal UI   ${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(result.buildId)}`,
    'Build your own application      slipway build path/to/slipway.yaml   (README, Your own application)',
    'Stop the environment            slipway dev down   (its data stays; --purge removes it)',
    '',
  ].join('\n');
}
