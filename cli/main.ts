import { reportError } from './exit.ts';
import { endWithOutput } from './output.ts';
import { createProgram } from './program.ts';

endWithOutput(process);
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
