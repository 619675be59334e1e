import { Command } from 'commander';
import { WorkerSettings } from '../../worker/config.ts';
import { commandSettings } from '../environment.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description('run a worker in the foreground, with the settings of the environment')
    .addHelpText('after', () => `\nSettings, by environment variable:\n${settingsHelp()}`)
    .action(async () => {
      // Loaded here: the worker's native parts and Kubernetes client are slow to load, and no other
      // command needs them.
      const { runWorker } = await import('../../worker/run.ts');
      await runWorker(commandSettings(process.env));
    });
}

function settingsHelp(): string {
  return Object.entries(WorkerSettings.shape)
    .map(([name, schema]) => `  ${name}\n      ${schema.description ?? ''}`)
    .join('\n');
}
