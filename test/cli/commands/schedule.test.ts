import { CommanderError, type Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { scheduleCommand } from '../../../cli/commands/schedule.ts';

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
