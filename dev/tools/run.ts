import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Each line of standard error, as it comes. */
  readonly onErrorLine?: (line: string) => void;
  /** Each line of standard output, as it comes. */
  readonly onLine?: (line: string) => void;
  readonly timeoutMs?: number;
  /** What the program gets on abort; by default SIGINT. */
  readonly stopSignal?: NodeJS.Signals;
}

/** A program that could not be started, failed, or took too long. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

const keptErrorLines = 15;
/** Time that a program gets to stop by itself, in milliseconds. */
const stopGraceMs = 10_000;

/**
 * Runs a program to its end and returns its standard output. It gets exactly the given environment
 * and no input. On abort it is interrupted, then killed, and the promise settles only after its
 * end, so that nobody works in a directory that a child still writes to. Throws `RunError` with the
 * last lines of standard error, or the signal's reason.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  options.signal?.throwIfAborted();
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const errorLines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    output.push(line);
    options.onLine?.(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    errorLines.push(line);
    if (errorLines.length > keptErrorLines) errorLines.shift();
    options.onErrorLine?.(line);
  });

  let timedOut = false;
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    // Not SIGTERM: the Go tool and apt-get clean up after themselves on an interrupt.
    child.kill(options.stopSignal ?? 'SIGINT');
    kill = setTimeout(() => child.kill('SIGKILL'), stopGraceMs);
  };
  const timeout =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
          // A grandchild may hold the pipes open; 'close' must not wait for it.
          child.stdout.destroy();
          child.stderr.destroy();
        }, options.timeoutMs);
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    const failure = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new RunError(`${command} could not be started: ${cause.message}`, { cause }));
      });
      child.once('close', (code, signal) => {
        resolve(code === 0 ? undefined : signal === null ? `exit code ${code}` : signal);
      });
    });
    options.signal?.throwIfAborted();
    if (timedOut) {
      throw new RunError(`${command} did not answer within ${options.timeoutMs} ms`);
    }
    if (failure !== undefined) {
      const said = errorLines.length === 0 ? '' : `:\n${errorLines.join('\n')}`;
      throw new RunError(`${[command, ...args].join(' ')} failed (${failure})${said}`);
    }
    return output.join('\n');
  } finally {
    clearTimeout(timeout);
    clearTimeout(kill);
    options.signal?.removeEventListener('abort', stop);
  }
}

/**
 * Wraps a command so that the kernel interrupts it when this process dies in whatever way, also by
 * `kill -9`. `setpriv` belongs to util-linux, which every Debian has; other kernels can't do that.
 */
export function boundToThisProcess(
  command: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  if (process.platform !== 'linux') return [command, args];
  return ['setpriv', ['--pdeathsig', 'INT', '--', command, ...args]];
}

/**
 * Wraps a command so that its mounts and processes are in namespaces of their own, which end with
 * this process, or when the wrapper is killed: `kill` with SIGKILL, because `unshare` leaves other
 * signals to its child. Needs root.
 */
export function inOwnNamespaces(
  command: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child=KILL'];
  return [
    'setpriv',
    ['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces, '--', command, ...args],
  ];
}
