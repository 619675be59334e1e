import { execFile } from 'node:child_process';

/** A host command that ended with another exit code than 0, or could not be started. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(
    command: string,
    args: readonly string[],
    exitCode: number | undefined,
    stderr: string,
    cause: unknown,
  ) {
    const said = stderr.trim() === '' ? '' : `: ${stderr.trim()}`;
    super(`${[command, ...args].join(' ')} failed with exit code ${exitCode ?? 'none'}${said}`, {
      cause,
    });
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds; 30 s by default, so that a hanging command can't hang `up` or `down`. */
  readonly timeout?: number;
}

/**
 * Runs a command to its end and returns its stdout.
 *
 * Arguments show up in error messages: never pass a secret in one.
 *
 * @throws CommandFailed
 */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const env = { PATH: standardPath, LC_ALL: 'C.UTF-8', ...options.environment };
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { env, timeout: options.timeout ?? 30_000, maxBuffer: 16 << 20 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(
            new CommandFailed(
              command,
              args,
              typeof error.code === 'number' ? error.code : undefined,
              stderr,
              error,
            ),
          );
      },
    );
  });
}

/** Debian's directories for `ip`, `mount`, `nsenter`; root's PATH lacks the sbin ones under some `su`. */
export const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
