import { spawnSync } from 'node:child_process';
import { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { completions, completionScript, shells } from '../../cli/completion.ts';
import { createProgram } from '../../cli/program.ts';

const program = new Command('slipway')
  .addCommand(new Command('build').option('--json').option('--json-stream').option('-k, --key <k>'))
  .addCommand(
    new Command('schedule').addCommand(new Command('apply')).addCommand(new Command('list')),
  )
  .addCommand(
    new Command('list').addOption(
      new Option('-s, --status <status>').choices(['running', 'failed']),
    ),
  )
  .addCommand(
    new Command('shell')
      .option('--long')
      .addArgument(new Argument('<name>').choices(['bash', 'zsh'])),
  )
  .addCommand(new Command('secret'), { hidden: true });

describe('what may follow', () => {
  test.each<[readonly string[], readonly string[]]>([
    [[], ['build', 'schedule', 'list', 'shell', 'help']],
    [[''], ['build', 'schedule', 'list', 'shell', 'help']],
    [['b'], ['build']],
    [['x'], []],
    [
      ['build', '--j'],
      ['--json', '--json-stream'],
    ],
    [
      ['build', '--'],
      ['--json', '--json-stream', '--key', '--help'],
    ],
    [['schedule', 'a'], ['apply']],
    [['schedule', 'apply', '--'], ['--help']],
    [['build', 'slipway.yaml', '--k'], ['--key']],
    [['build', ''], []],
    [
      ['list', '--status', ''],
      ['running', 'failed'],
    ],
    [['list', '--status', 'f'], ['failed']],
    [['list', '-s', 'r'], ['running']],
    [['list', '--status', 'failed', ''], []],
    [['list', '--status', '-'], []],
    // The shell completes files where it is given nothing.
    [['build', '--key', ''], []],
    [['build', '--key', 's'], []],
    [
      ['shell', ''],
      ['bash', 'zsh'],
    ],
    [['shell', 'z'], ['zsh']],
    [['shell', 'zsh', ''], []],
    [
      ['shell', '--long', ''],
      ['bash', 'zsh'],
    ],
  ])('%j is %j', (typed, words) => {
    expect(completions(program, typed)).toEqual(words);
  });
});

test('values of the real options and arguments are among them', () => {
  const real = createProgram();
  expect(completions(real, ['list', '--status', 'par'])).toEqual(['parked']);
  expect(completions(real, ['schedule', 'trigger', 'shop/nightly', '--overlap', 'al'])).toEqual([
    'allow',
  ]);
  expect(completions(real, ['completion', ''])).toEqual(shells);
});

test('the script of bash is one that bash takes', () => {
  const check = spawnSync('bash', ['-n'], { input: completionScript('bash'), encoding: 'utf8' });
  expect(check).toMatchObject({ status: 0, stderr: '' });
});

test.each(shells)('the script of %s asks the program for its words', (shell) => {
  expect(completionScript(shell)).toContain('slipway completion -- ');
});
