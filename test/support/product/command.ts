import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { compileCache } from './worker-process.ts';

const entry = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly result: Promise<CommandResult>;
  /** As Ctrl-C does. */
  interrupt(): void;
  /** Resolves when stderr has held the text. */
  said(text: string): Promise<void>;
}

/**
 * Runs `slipway` as a person does, in a process of its own, without a terminal.
 *
 * @param settings all of its environment but PATH and HOME
 */
export function startSlipway(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  input = '',
): RunningCommand {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: compileCache,
      // No environment of the person who runs the tests is mixed in.
      SLIPWAY_HOME: '/nonexistent',
      ...settings,
    },
  });
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  let heard = '';
  const listeners = new Set<() => void>();
  child.stderr.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
    for (const listener of listeners) listener();
  });
  const result = Promise.all([code, text(child.stdout), text(child.stderr)]).then(
    ([exit, stdout, stderr]) => ({ code: exit, stdout, stderr }),
  );
  return {
    result,
    interrupt: () => void child.kill('SIGINT'),
    said: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (heard.includes(wanted)) resolve();
        };
        listeners.add(look);
        look();
        result.then(() => reject(new Error(`it never said "${wanted}":\n${heard}`)), reject);
      }),
  };
}

export function slipway(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  input?: string,
): Promise<CommandResult> {
  return startSlipway(args, settings, input).result;
}
