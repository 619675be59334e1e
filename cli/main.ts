import { Command } from 'commander';
import { buildCommand } from './commands/build.ts';
import { cancelCommand } from './commands/cancel.ts';
import { demoCommand } from './commands/demo.ts';
import { devCommand } from './commands/dev.ts';
import { statusCommand } from './commands/status.ts';
import { validateCommand } from './commands/validate.ts';
import { workerCommand } from './commands/worker.ts';
import { exitCode, reportError } from './exit.ts';

const program = new Command('slipway')
  .description(
    'Builds whole applications into container images on Kubernetes, as durable Temporal workflows',
  )
  .addCommand(buildCommand())
  .addCommand(statusCommand())
  .addCommand(cancelCommand())
  .addCommand(validateCommand())
  .addCommand(devCommand())
  .addCommand(workerCommand())
  .addCommand(demoCommand())
  .showHelpAfterError('(--help explains the command)');
// commander's own code for bad usage is 1; here 1 means a failed build.
for (const command of [
  program,
  ...program.commands,
  ...program.commands.flatMap((c) => c.commands),
]) {
  command.exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCode.succeeded : exitCode.badInput);
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
