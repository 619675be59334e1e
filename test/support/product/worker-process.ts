import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LocalEnvironment } from '../../../dev/environment.ts';
import { instancePaths } from '../../../dev/instance/paths.ts';
import { instanceVariable } from '../../../dev/process/marked.ts';

const entry = fileURLToPath(new URL('../../../worker/main.ts', import.meta.url));
/** Of Node.js: tests start many processes of the same code. */
export const compileCache = fileURLToPath(
  new URL('../../../node_modules/.cache/node', import.meta.url),
);

/** A worker as operators run it: a process of its own, with settings from its environment alone. */
export interface WorkerProcess {
  readonly pid: number;
  /** SIGKILL: nothing of the worker gets to clean up. */
  kill(): Promise<void>;
  /** SIGTERM, and the wait for its end: the exit code. A worker that has ended is left alone. */
  stop(): Promise<number | null>;
}

export interface WorkerProcessOptions {
  readonly environment: LocalEnvironment;
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Of the log file. */
  readonly name: string;
}

/** Logs of all test workers of the environment: removed with it, searched for secrets before. */
export function workerLogDirectory({ home }: LocalEnvironment): string {
  return join(instancePaths(home).logs, 'test-workers');
}

/**
 * Spawns `worker/main.ts` and waits until its log says that it is ready.
 *
 * @throws Error with the end of the log when it ends before
 */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const { environment, settings, name } = options;
  await mkdir(workerLogDirectory(environment), { recursive: true });
  const child = spawn(process.execPath, [entry], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: compileCache,
      ...settings,
      // `down` ends what carries the instance's mark, also after a test run that was killed.
      [instanceVariable]: environment.instance,
    },
  });
  const file = join(workerLogDirectory(environment), `${name}.log`);
  const log = createWriteStream(file, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = once(child, 'exit');
  child.once('close', () => log.end());
  await ready(child, exited);
  const { pid } = child;
  if (pid === undefined) throw new TypeError('a spawned process has a pid');
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    pid,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

async function ready(child: ChildProcess, exited: Promise<unknown[]>): Promise<void> {
  const last: string[] = [];
  const { stderr } = child;
  if (stderr === null) throw new TypeError('the worker’s stderr is a pipe');
  const lines = createInterface(stderr);
  const said = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      last.push(line);
      if (last.length > 20) last.shift();
      if (line.includes('"worker ready"')) resolve();
    });
  });
  const ended = exited.then(([code]) => {
    throw new Error(`the worker ended (${String(code)}) before it was ready:\n${last.join('\n')}`);
  });
  // Its end after this is no error.
  ended.catch(() => undefined);
  await Promise.race([said, ended]);
  lines.removeAllListeners('line');
}
