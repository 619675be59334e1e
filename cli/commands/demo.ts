import { Command } from 'commander';
import { clusterChoice, type ClusterOptions, withClusterOptions } from '../cluster-options.ts';

export function demoCommand(): Command {
  return withClusterOptions(new Command('demo'))
    .description(
      'start the local environment, build the example application and prove what came out',
    )
    .action(async (options: ClusterOptions) => {
      const cluster = clusterChoice(options);
      const { runDemo } = await import('../demo/demo.ts');
      process.exitCode = await runDemo(cluster);
    });
}
