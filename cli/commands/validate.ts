import { Command } from 'commander';
import { commandSettings } from '../environment.ts';
import { readDefinition } from './definition.ts';

export function validateCommand(): Command {
  return new Command('validate')
    .description('check a definition without building anything')
    .argument('<file>', 'the definition (slipway/v1), or - for standard input')
    .action(async (file: string) => {
      const application = await readDefinition(file, commandSettings(process.env));
      const containers = application.components.flatMap((component) => component.containers);
      process.stdout.write(
        `${file}: valid; ${application.name} has ${counted(application.components.length, 'component')}, ${counted(containers.length, 'container')}\n`,
      );
    });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
