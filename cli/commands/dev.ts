import { Command } from 'commander';
import type { LocalEnvironment } from '../../dev/environment.ts';
import type { EnvironmentStatus } from '../../dev/status.ts';
import { clusterChoice, type ClusterOptions, withClusterOptions } from '../cluster-options.ts';
import { homeDirectory } from '../environment.ts';
import { exitCode } from '../exit.ts';
import { lineReporter } from '../reporter.ts';

export function devCommand(): Command {
  return new Command('dev')
    .description('the local environment: real Temporal, Kubernetes, object store and registry')
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(statusCommand());
}

function upCommand(): Command {
  return withClusterOptions(new Command('up'))
    .description('start what is not running; fetches and compiles what this machine lacks')
    .action(async (options: ClusterOptions) => {
      const cluster = clusterChoice(options);
      const { startEnvironment } = await import('../start-environment.ts');
      const local = await startEnvironment(cluster);
      process.stdout.write(
        [
          ...addresses(local),
          'Next        slipway build FILE, slipway dev status, slipway dev down',
          '',
        ].join('\n'),
      );
    });
}

function downCommand(): Command {
  return new Command('down')
    .description('stop the local environment; its data stays')
    .option('--purge', 'remove its data as well')
    .action(async ({ purge = false }: { readonly purge?: boolean }) => {
      const { down } = await import('../../dev/down.ts');
      const home = homeDirectory(process.env);
      await down({ home, purge, reporter: lineReporter(process.stderr) });
    });
}

function statusCommand(): Command {
  return new Command('status')
    .description('what of the local environment runs; exit 1 when something has ended')
    .option('--json', 'as one JSON object')
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { status } = await import('../../dev/status.ts');
      const home = homeDirectory(process.env);
      const found = await status({ home });
      process.stdout.write(json ? `${JSON.stringify(found)}\n` : `${describe(home, found)}\n`);
      if (found.state === 'incomplete') process.exitCode = exitCode.failed;
    });
}

function describe(home: string, { state, components, environment }: EnvironmentStatus): string {
  const nameWidth = Math.max(0, ...components.map(({ name }) => name.length));
  return [
    `${home}: ${state}`,
    ...components.map(
      ({ name, pid, isRunning, startedAt }) =>
        `  ${name.padEnd(nameWidth)}  ${isRunning ? `pid ${pid} since ${startedAt}` : 'has ended'}`,
    ),
    ...(environment === undefined ? [] : addresses(environment)),
    ...(state === 'incomplete' ? ['`slipway dev up` starts what is missing.'] : []),
  ].join('\n');
}

function addresses(local: LocalEnvironment): readonly string[] {
  const { kubeconfig, context, namespace } = local.kubernetes;
  const cluster = context === undefined ? kubeconfig : `context ${context} of ${kubeconfig}`;
  return [
    `Temporal    ${local.temporal.address}, UI ${local.temporal.ui}`,
    `Kubernetes  ${cluster}, namespace ${namespace}`,
    `Registry    ${local.registry.host}`,
    `Store       ${local.store.endpoint}, bucket ${local.store.bucket}`,
  ];
}
