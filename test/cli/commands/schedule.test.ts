import { CommanderError, type Command } from 'commander';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { scheduleCommand } from '../../../cli/commands/schedule.ts';
import { withClient } from '../../../cli/with-client.ts';
import type { SlipwayClient } from '../../../client/connect.ts';
import { startNow, type Triggered } from '../../../client/trigger.ts';

vi.mock('../../../cli/with-client.ts', { spy: true });
vi.mock('../../../client/trigger.ts', { spy: true });

/** What the command says about its arguments; nothing is connected to. */
async function complaint(...args: readonly string[]): Promise<string> {
  const command = scheduleCommand();
  const lines: string[] = [];
  const all = [command, ...command.commands];
  for (const one of all) {
    one.exitOverride().configureOutput({ writeErr: (text) => lines.push(text) });
  }
  await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(CommanderError);
  return lines.join('');
}

describe('bad input is refused before anything is asked', () => {
  test.each(['nightly', 'shop/', '/nightly', 'a/b/c'])('"%s" names no schedule', async (name) => {
    for (const subcommand of ['pause', 'resume', 'trigger', 'delete']) {
      expect(await complaint(subcommand, name)).toContain('Expected <application>/<name>');
    }
  });

  test.each(['yesterday', '2026-13-01', '2026-11-01T03:30:00', '1'])(
    '"%s" is no time',
    async (time) => {
      const range = ['--from', time, '--to', '2026-11-30'];
      expect(await complaint('backfill', 'shop/nightly', ...range)).toContain('ISO 8601');
    },
  );

  test('a backfill needs both ends', async () => {
    expect(await complaint('backfill', 'shop/nightly', '--from', '2026-11-01')).toContain('--to');
  });

  test('a policy is one of those that there are', async () => {
    const said = await complaint('trigger', 'shop/nightly', '--overlap', 'terminate');
    expect(said).toContain('skip, buffer-one, buffer-all, allow, cancel-other');
  });

  test('a backfill ends after it begins', async () => {
    const range = ['--from', '2026-11-02T00:00:00+01:00', '--to', '2026-11-01T22:59:59Z'];
    const run = scheduleCommand().parseAsync(['backfill', 'shop/nightly', ...range], {
      from: 'user',
    });
    await expect(run).rejects.toThrow('--from is later than --to');
  });
});

describe('a trigger', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  /** What the command prints, and its exit code, for what became of the trigger. */
  async function triggered(became: Triggered) {
    vi.mocked(withClient).mockImplementation((use) => use({} as SlipwayClient));
    vi.mocked(startNow).mockResolvedValue(became);
    const written = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      vi.spyOn(process[name], 'write').mockImplementation((text) =>
        Boolean((written[name] += String(text))),
      );
    await scheduleCommand().parseAsync(['trigger', 'shop/nightly'], { from: 'user' });
    return { ...written, code: process.exitCode };
  }

  test('prints the id of the build that it started', async () => {
    expect(await triggered({ kind: 'started', buildId: 'shop/nightly-1' })).toEqual({
      stdout: 'shop/nightly-1\n',
      stderr: '',
      code: undefined,
    });
  });

  test.each([
    ['skipped', /nothing was started, because a build of it runs/],
    ['unknown', /nothing has started within 5 s; it may still start/],
  ] as const)('that is %s ends with 1, and says so', async (kind, says) => {
    const { stdout, stderr, code } = await triggered({ kind });
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(says);
  });
});

test('every subcommand explains itself', () => {
  const subcommands: readonly Command[] = scheduleCommand().commands;
  expect(subcommands.map((command) => command.name())).toEqual([
    'apply',
    'list',
    'pause',
    'resume',
    'trigger',
    'backfill',
    'delete',
  ]);
  expect(subcommands.filter((command) => command.description() === '')).toEqual([]);
});
