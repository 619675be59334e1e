import { Command } from 'commander';

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'start the local environment, build the example application and prove what came out',
    )
    .action(async () => {
      const { runDemo } = await import('../demo/demo.ts');
      process.exitCode = await runDemo();
    });
}
