import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command in a process of its own.
 *
 * @param stdout a file for its output
 * @param closed whose reader leaves before anything is written
 */
async function slipway(
  args: readonly string[],
  { stdout, closed }: { readonly stdout?: string; readonly closed?: 'stdout' | 'stderr' },
): Promise<Ended> {
  const file = stdout === undefined ? 'pipe' : openSync(stdout, 'w');
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ['ignore', file, 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SLIPWAY_HOME: '/nonexistent',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    },
  });
  if (typeof file === 'number') closeSync(file);
  if (closed !== undefined) child[closed]?.destroy();
  const read = (stream: typeof child.stdout): Promise<string> =>
    stream === null || stream.destroyed ? Promise.resolve('') : text(stream);
  const [[code], ...texts] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    read(child.stdout),
    read(child.stderr),
  ]);
  return { code, stdout: texts[0], stderr: texts[1] };
}

describe('a command whose output has no reader any more', () => {
  test('ends without a word, as SIGPIPE would end it', async () => {
    const ended = await slipway(['completion', 'bash'], { closed: 'stdout' });
    expect(ended).toEqual({ code: 128 + 13, stdout: '', stderr: '' });
  });

  test('goes on where nobody reads what it says beside it', async () => {
    const ended = await slipway(['validate', '/nonexistent'], { closed: 'stderr' });
    expect(ended).toMatchObject({ code: 2 });
  });
});

test('a command whose output cannot be written says why', async () => {
  const ended = await slipway(['completion', 'bash'], { stdout: '/dev/full' });
  expect(ended).toEqual({
    code: 1,
    stdout: '',
    stderr: 'slipway: its output cannot be written: ENOSPC: no space left on device, write\n',
  });
});
