import { Command, InvalidArgumentError, Option } from 'commander';
import { listBuilds, type ListedBuild } from '../../client/list.ts';
import type { BuildStatus } from '../../workflows/contract/build.ts';
import { painter } from '../view/format.ts';
import { buildTable } from '../view/build-table.ts';
import { withClient } from '../with-client.ts';

const statuses: readonly BuildStatus[] = [
  'queued',
  'running',
  'parked',
  'succeeded',
  'failed',
  'cancelled',
];

interface ListCommandOptions {
  readonly application?: string;
  readonly status?: BuildStatus;
  readonly schedule?: string;
  readonly plans?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

export function listCommand(): Command {
  return new Command('list')
    .description('the builds that Temporal remembers: running ones, then the latest')
    .option('--application <name>', 'builds of this application alone')
    .addOption(new Option('--status <status>', 'builds of this status alone').choices(statuses))
    .option('--schedule <name>', 'builds that this schedule has started')
    .option('--plans', 'plans as well')
    .option('--limit <number>', 'at most so many', positive, 20)
    .option('--json', 'print them as one JSON array on stdout')
    .addHelpText('after', examples)
    .action(async ({ json = false, ...options }: ListCommandOptions) => {
      await withClient(async (client) => {
        const builds: ListedBuild[] = [];
        for await (const build of listBuilds(client, options)) builds.push(build);
        process.stdout.write(
          json
            ? `${JSON.stringify(builds)}\n`
            : builds.length === 0
              ? 'no builds\n'
              : buildTable(builds, Date.now(), painter(process.stdout)),
        );
      });
    });
}

function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1.');
}

const examples = `
Examples:
  slipway list --application shop --limit 5
  slipway list --status failed --json | jq -r '.[].buildId'`;
