import { CommanderError, type Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../cli/program.ts';

/** The command and all below it, by what a person types. */
function all(command: Command, path = command.name()): readonly (readonly [string, Command])[] {
  const below = command.commands.flatMap((child) => all(child, `${path} ${child.name()}`));
  return [[path, command], ...below];
}

/** What a command says of an option that there is not. */
function complaint(command: Command): string {
  const lines: string[] = [];
  command.exitOverride().configureOutput({ writeErr: (text) => lines.push(text) });
  expect(() => command.parse(['--nonsense'], { from: 'user' })).toThrow(CommanderError);
  return lines.join('');
}

describe('each command', () => {
  test.each(all(createProgram()))('%s names its help after an error', (_path, command) => {
    expect(complaint(command)).toMatch(/^error: .*\n\(--help explains the command\)\n$/);
  });

  test.each(all(createProgram()))('%s says what it does', (_path, command) => {
    expect(command.description()).not.toBe('');
  });
});
