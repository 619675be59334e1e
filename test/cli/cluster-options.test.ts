import { Command } from 'commander';
import { describe, expect, test } from 'vitest';

import {
  clusterChoice,
  type ClusterOptions,
  withClusterOptions,
} from '../../cli/cluster-options.ts';
import { UsageError } from '../../cli/exit.ts';

function parse(...args: readonly string[]): ClusterOptions {
  const command = withClusterOptions(new Command('up')).exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts();
}

describe('the cluster that a command is to use', () => {
  test.each([
    [[], undefined],
    [['--kube-context', 'kind'], { context: 'kind' }],
    [
      ['--kube-context', 'kind', '--kube-namespace', 'me', '--address', '192.0.2.7'],
      { context: 'kind', namespace: 'me', address: '192.0.2.7' },
    ],
  ])('%j', (args, expected) => {
    expect(clusterChoice(parse(...args))).toEqual(expected);
  });

  test.each([[['--address', '192.0.2.7']], [['--kube-namespace', 'me']]])(
    '%j means nothing alone',
    (args) => {
      expect(() => clusterChoice(parse(...args))).toThrow(UsageError);
    },
  );

  test.each(['localhost', '::1', '10.0.0', ''])('%j is no address', (address) => {
    expect(() => parse('--kube-context', 'kind', '--address', address)).toThrow(
      'It is not an IPv4 address.',
    );
  });
});
