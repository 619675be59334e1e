import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { writeFiles } from '../support/git-repository.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const bin = fileURLToPath(new URL('../../bin/', import.meta.url));

export interface Checkout {
  readonly root: string;
  readonly lock: string;
  /** The arguments of every run of npm. */
  readonly installs: () => Promise<readonly string[]>;
  /** Starts `bin/slipway.js`, or a link to it; a stand-in for the CLI runs `script`. */
  readonly start: (script?: string, command?: string) => Started;
  readonly run: (script?: string, command?: string) => Promise<Ended>;
}
interface Started {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the output so far has the text. */
  said(wanted: string): Promise<void>;
}
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Records how it is run, and installs a Node; fails where there is a file `npm-fails`. */
const npm = `#!/usr/bin/env node
const { appendFileSync, mkdirSync, symlinkSync, existsSync } = require('node:fs');
appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
if (existsSync('npm-fails')) {
  console.error('npm error: no route to host');
  process.exit(1);
}
mkdirSync('node_modules/.bin', { recursive: true });
if (!existsSync('node_modules/.bin/node')) symlinkSync(process.execPath, 'node_modules/.bin/node');
`;

/** A fresh clone with the real `bin/`, a stand-in for npm and nothing installed. */
export async function checkout(): Promise<Checkout> {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'bin'));
  for (const name of ['bootstrap.js', 'slipway.js', 'run.js']) {
    await copyFile(join(bin, name), join(root, 'bin', name));
  }
  await writeFiles(root, {
    'package.json': '{"type":"module"}',
    'package-lock.json': '{"version":1}',
    'tools/package.json': '{"type":"commonjs"}',
    'tools/npm': { script: npm },
  });
  const path = [join(root, 'tools'), dirname(process.execPath), process.env['PATH']];

  function start(script = '', command = join(root, 'bin', 'slipway.js')): Started {
    const child = spawn(command, ['build', 'a b'], {
      cwd: dirname(command),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: path.join(delimiter), CLI_SCRIPT: script },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let heard = '';
    const listeners = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
        for (const listener of listeners) listener();
      });
    }
    const exit = once(child, 'exit') as Promise<[number | null]>;
    return {
      ended: Promise.all([exit, text(child.stdout), text(child.stderr)]).then(
        ([[code], stdout, stderr]) => ({ code, stdout, stderr }),
      ),
      kill: (signal) => void child.kill(signal),
      said: (wanted) =>
        new Promise((resolve) => {
          const look = (): void => {
            if (heard.includes(wanted)) resolve();
          };
          listeners.add(look);
          look();
        }),
    };
  }

  await mkdir(join(root, 'cli'));
  await writeFile(join(root, 'cli', 'main.ts'), 'await eval(process.env.CLI_SCRIPT ?? "");\n');
  return {
    root,
    lock: join(root, '.slipway-install.lock'),
    start,
    run: (script, command) => start(script, command).ended,
    installs: async () => {
      const log = await readFile(join(root, 'npm.log'), 'utf8').catch(() => '');
      return log.split('\n').filter(Boolean);
    },
  };
}
