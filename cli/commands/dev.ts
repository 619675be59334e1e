import { Command } from 'commander';
import { homeDirectory } from '../environment.ts';
import { lineReporter } from '../reporter.ts';

export function devCommand(): Command {
  return new Command('dev')
    .description('the local environment: real Temporal, Kubernetes, object store and registry')
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(statusCommand());
}

function upCommand(): Command {
  return new Command('up')
    .description('start what is not running; fetches and compiles what this machine lacks')
    .option('--kube-context <name>', 'use this cluster of your kubeconfig instead of a local one')
    .action(async () => {
      const { startEnvironment } = await import('../start-environment.ts');
      const local = await startEnvironment();
      process.stdout.write(
        [
          `Temporal    ${local.temporal.address}, UI ${local.temporal.ui}`,
          `Kubernetes  ${local.kubernetes.kubeconfig}, namespace ${local.kubernetes.namespace}`,
          `Registry    ${local.registry.host}`,
          `Store       ${local.store.endpoint}, bucket ${local.store.bucket}`,
          'Next        npx slipway build FILE, npx slipway dev status, npx slipway dev down',
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
    .description('what of the local environment runs')
    .option('--json', 'as one JSON object')
    .action(async () => {
      const { status } = await import('../../dev/status.ts');
      process.stdout.write(JSON.stringify(await status({ home: homeDirectory(process.env) })));
    });
}
