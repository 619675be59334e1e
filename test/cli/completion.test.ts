import { spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { completions, completionScript, shells } from '../../cli/completion.ts';

const program = new Command('slipway')
  .addCommand(new Command('build').option('--json').option('--json-stream').option('-k, --key <k>'))
  .addCommand(
    new Command('schedule').addCommand(new Command('apply')).addCommand(new Command('list')),
  )
  .addCommand(new Command('secret'), { hidden: true });

describe('what may follow', () => {
  test.each<[readonly string[], readonly string[]]>([
    [[], ['build', 'schedule', 'help']],
    [[''], ['build', 'schedule', 'help']],
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
  ])('%j is %j', (typed, words) => {
    expect(completions(program, typed)).toEqual(words);
  });
});

test('the script of bash is one that bash takes', () => {
  const check = spawnSync('bash', ['-n'], { input: completionScript('bash'), encoding: 'utf8' });
  expect(check).toMatchObject({ status: 0, stderr: '' });
});

test.each(shells)('the script of %s asks the program for its words', (shell) => {
  expect(completionScript(shell)).toContain('slipway completion -- ');
});
