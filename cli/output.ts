import { constants } from 'node:os';
import { exitCode } from './exit.ts';
import { oneLine } from './view/foreign-text.ts';

/**
 * Ends the command when what it prints cannot be written any more: without a word where the reader
 * has left, as SIGPIPE ends others, which Node.js ignores; a build that it follows goes on. What
 * is said beside the output may be lost.
 */
export function endWithOutput({
  stdout,
  stderr,
  exit,
}: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'exit'>): void {
  stderr.on('error', () => undefined);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') exit(128 + constants.signals.SIGPIPE);
    stderr.write(`slipway: its output cannot be written: ${oneLine(error.message)}\n`);
    exit(exitCode.failed);
  });
}
