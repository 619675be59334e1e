import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { buildCommand } from './commands/build.ts';
import { cancelCommand } from './commands/cancel.ts';
import { completionCommand } from './commands/completion.ts';
import { demoCommand } from './commands/demo.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand } from './commands/doctor.ts';
import { listCommand } from './commands/list.ts';
import { logsCommand } from './commands/logs.ts';
import { packageCommand } from './commands/package.ts';
import { planCommand } from './commands/plan.ts';
import { renderCommand } from './commands/render.ts';
import { retryCommand } from './commands/retry.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { statusCommand } from './commands/status.ts';
import { validateCommand } from './commands/validate.ts';
import { workerCommand } from './commands/worker.ts';
import { exitCode } from './exit.ts';

/** The whole command line. */
export function createProgram(): Command {
  const program = new Command('slipway')
    .description(
      'Builds whole applications into container images on Kubernetes, as durable Temporal workflows',
    )
    .version(packageJson.version, '--version', 'print the version of Slipway')
    .addHelpText('after', firstSteps);
  program.commandsGroup('Before a build:');
  for (const command of [validateCommand(), renderCommand(), planCommand(), doctorCommand()])
    program.addCommand(command);
  program.commandsGroup('Builds:');
  for (const command of [
    buildCommand(),
    statusCommand(),
    listCommand(),
    logsCommand(),
    cancelCommand(),
    retryCommand(),
  ])
    program.addCommand(command);
  program.commandsGroup('What builds lead to, and when they start:');
  for (const command of [packageCommand(), scheduleCommand()]) program.addCommand(command);
  program.commandsGroup('Running Slipway:');
  for (const command of [workerCommand(), devCommand(), demoCommand(), completionCommand(program)])
    program.addCommand(command);
  forEachCommand(program, tellOfErrors);
  return program;
}

// Of each command by itself: what is added inherits none of it.
function tellOfErrors(command: Command): void {
  command.showHelpAfterError('(--help explains the command)');
  // commander's own code for bad usage is 1; here 1 means a failed build.
  command.exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCode.succeeded : exitCode.badInput);
  });
}

function forEachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) forEachCommand(child, visit);
}

const firstSteps = `
First steps:
  slipway dev up                    Temporal, Kubernetes, object store and registry on this machine
  slipway validate slipway.yaml     is the definition right?
  slipway plan slipway.yaml         what would be built, and why?
  slipway build slipway.yaml        build it
  slipway logs -f BUILD             what the builders print

Builds are named as \`slipway build\` prints it, for example shop/20261122-233015-k3x9qa.
Where Temporal is comes from TEMPORAL_ADDRESS and the like, else from the environment of \`slipway dev up\`.`;
