import { Command, Option } from 'commander';
import { connect, type SlipwayClient } from '../../client/connect.ts';
import type { BuildSnapshot } from '../../client/get.ts';
import { submitBuild } from '../../client/submit.ts';
import { watchBuild } from '../../client/watch.ts';
import type { Application } from '../../workflows/contract/application.ts';
import type { ForceSelection } from '../../workflows/contract/build.ts';
import { commandSettings, localEnvironment } from '../environment.ts';
import { exitCode, UsageError, type ExitCode } from '../exit.ts';
import { painter, summary } from '../view/format.ts';
import { progressView } from '../view/progress-view.ts';
import { readDefinition } from './definition.ts';

interface BuildOptions {
  readonly json?: boolean;
  readonly detach?: boolean;
  readonly key?: string;
  readonly force?: readonly string[] | true;
}

export function buildCommand(): Command {
  return new Command('build')
    .description('build an application: every container that changed, then the packages')
    .usage('<file> [options]')
    .argument('<file>', 'the definition (slipway/v1), or - for standard input')
    .option('--json', 'print the result as one JSON object on stdout')
    .option('--detach', 'print the build id and return; the build goes on')
    .option('--key <key>', 'idempotency key: the same key names the same build')
    .addOption(
      new Option(
        '--force [component/container...]',
        'build although an image of the same inputs exists: these containers, or all',
      ),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 succeeded, 1 failed, 2 bad input, 3 a service is away, 130 interrupted',
    )
    .action(async (file: string, options: BuildOptions) => {
      process.exitCode = await runBuild(file, options);
    });
}

async function runBuild(file: string, options: BuildOptions): Promise<ExitCode> {
  const settings = commandSettings(process.env);
  const application = await readDefinition(file, settings);
  const force = forceSelection(application, options.force);
  const client = await connect(settings);
  try {
    const id = await submitBuild(client, application, {
      force,
      ...(options.key === undefined ? {} : { key: options.key }),
    });
    if (options.detach === true) {
      process.stdout.write(
        options.json === true ? `${JSON.stringify({ buildId: id })}\n` : `${id}\n`,
      );
      return exitCode.succeeded;
    }
    const snapshot = await follow(client, id);
    report(snapshot, options.json === true);
    return snapshot.result.status === 'succeeded' ? exitCode.succeeded : exitCode.failed;
  } finally {
    await client.close();
  }
}

/** Shows the build until it ends; an interrupt leaves it running and says how to come back. */
export async function follow(client: SlipwayClient, id: string): Promise<BuildSnapshot> {
  const view = progressView(process.stderr, Date.now());
  process.stderr.write(`Build ${id}\n${uiLine(id)}`);
  const leave = () => {
    view.end();
    process.stderr.write(
      `\nThe build goes on.\n  slipway status ${id}   shows it\n  slipway cancel ${id}   ends it\n`,
    );
  };
  const onInterrupt = () => {
    leave();
    process.exit(exitCode.interrupted);
  };
  process.once('SIGINT', onInterrupt);
  try {
    let last: BuildSnapshot | null = null;
    for await (const snapshot of watchBuild(client, id)) {
      view.show(snapshot);
      last = snapshot;
    }
    if (last === null) throw new TypeError('a watched build has at least one snapshot');
    view.end();
    return last;
  } catch (error) {
    leave();
    throw error;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

export function report({ result, failure, warnings }: BuildSnapshot, json: boolean): void {
  const paint = painter(process.stderr);
  for (const warning of warnings)
    process.stderr.write(`${paint('yellow', `warning: ${warning}`)}\n`);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(`${summary(result, failure, painter(process.stdout))}\n`);
}

function uiLine(id: string): string {
  const local = localEnvironment(process.env);
  if (local === null) return '';
  const { ui, namespace } = local.temporal;
  return `Temporal UI ${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(id)}\n`;
}

function forceSelection(application: Application, force: BuildOptions['force']): ForceSelection {
  if (force === undefined) return 'none';
  if (force === true) return 'all';
  const known = application.components.flatMap((component) =>
    component.containers.map((container) => ({
      component: component.name,
      container: container.name,
    })),
  );
  return force.map((text) => {
    const found = known.find(({ component, container }) => `${component}/${container}` === text);
    if (found !== undefined) return found;
    const names = known.map(({ component, container }) => `${component}/${container}`).join(', ');
    throw new UsageError(`--force ${text}: no such container; there are ${names}`);
  });
}
