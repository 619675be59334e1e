import { Command, InvalidArgumentError } from 'commander';
import type { AttemptChoice } from '../../client/logs/attempts.ts';
import { printLogs } from '../print-logs.ts';
import { withClient } from '../with-client.ts';

interface LogsOptions {
  readonly follow?: boolean;
  readonly attempt: AttemptChoice;
  readonly cursor?: string;
  readonly json?: boolean;
}

export function logsCommand(): Command {
  return new Command('logs')
    .description('what the builders of a build print, merged by container')
    .argument('<build>', 'build id, e.g. shop/20261122-233015-k3x9qa')
    .argument('[container]', 'only this one: `component/container`, or `component/` for all of it')
    .option('-f, --follow', 'go on until the build has ended')
    .option(
      '--attempt <number>',
      'a number from 0, `last` and those that follow it, or `all`',
      attemptChoice,
      'last',
    )
    .option('--cursor <cursor>', 'go on behind the place that an earlier call named')
    .option('--json', 'print each piece as a line of JSON on stdout, with its cursor')
    .addHelpText('after', help)
    .action(async (build: string, container: string | undefined, options: LogsOptions) => {
      const { follow = false, attempt, cursor, json = false } = options;
      const request = { build, container, follow, attempt, cursor, json };
      process.exitCode = await withClient((client) => printLogs(client, request));
    });
}

function attemptChoice(text: string): AttemptChoice {
  if (text === 'last' || text === 'all') return text;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 0, `last` or `all`.');
}

const help = `
Examples:
  slipway logs -f shop/20261122-233015-k3x9qa             all containers, as they are built
  slipway logs shop/20261122-233015-k3x9qa api/server     one container's last attempt
  slipway logs shop/20261122-233015-k3x9qa --attempt all  what failed attempts printed, too

Lines reach the terminal at most 3 s after the builder printed them. Logs are kept as long as the
store's bucket says; a container without one is told on stderr. After Ctrl-C, -f says which command goes
on behind what it has printed. A cursor is a place in all logs of one build, good for that build alone;
each piece of --json has the one behind it.
Exit codes: 0 printed, 2 bad input, 3 a service is away, 130 interrupted`;
