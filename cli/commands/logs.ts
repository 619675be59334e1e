import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import type { SlipwayClient } from '../../client/connect.ts';
import { getBuild } from '../../client/get.ts';
import { readLogs, type LogOptions } from '../../client/logs/read-logs.ts';
import { exitCode } from '../exit.ts';
import { painter } from '../view/format.ts';
import { logLines } from '../view/log-lines.ts';
import { withClient } from '../with-client.ts';

interface LogsOptions {
  readonly follow?: boolean;
  readonly attempt: number | 'last' | 'all';
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
    .option('--cursor <cursor>', 'go on where an earlier call ended, as it said')
    .option('--json', 'print each piece as a line of JSON on stdout, with its cursor')
    .addHelpText('after', examples)
    .action(async (id: string, container: string | undefined, options: LogsOptions) => {
      await withClient(async (client) => {
        await printLogs(client, id, container, options);
      });
    });
}

async function printLogs(
  client: SlipwayClient,
  id: string,
  container: string | undefined,
  { follow = false, attempt, cursor: from, json = false }: LogsOptions,
): Promise<void> {
  const leaving = new AbortController();
  const onInterrupt = () => leaving.abort(new Left());
  const selection = selected(container);
  const options: LogOptions = {
    ...selection,
    follow,
    attempt,
    signal: leaving.signal,
    ...(from === undefined ? {} : { from }),
  };
  const lines = json
    ? null
    : logLines(await namesOf(client, id, selection), painter(process.stdout));
  let cursor = from;
  process.on('SIGINT', onInterrupt);
  try {
    for await (const chunk of readLogs(client, id, options)) {
      await print(lines === null ? `${JSON.stringify(chunk)}\n` : lines.push(chunk));
      cursor = chunk.cursor;
    }
    await print(lines?.end() ?? '');
  } catch (error) {
    const isLeft = leaving.signal.aborted;
    process.stdout.write(lines?.end() ?? '');
    if (cursor !== undefined && (follow || !isLeft))
      process.stderr.write(wayBack(id, container, cursor));
    if (!isLeft) throw error;
    process.exitCode = exitCode.interrupted;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

/** Waits for a slow reader: a long log must not pile up in memory. */
async function print(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

async function namesOf(
  client: SlipwayClient,
  id: string,
  { component, container }: Pick<LogOptions, 'component' | 'container'>,
): Promise<readonly string[]> {
  const { result } = await getBuild(client, id);
  return result.components
    .filter(({ name }) => component === undefined || name === component)
    .flatMap(({ name, containers }) =>
      containers
        .filter((one) => container === undefined || one.name === container)
        .map((one) => `${name}/${one.name}`),
    );
}

function selected(written: string | undefined): Pick<LogOptions, 'component' | 'container'> {
  if (written === undefined) return {};
  const slash = written.indexOf('/');
  if (slash === -1) return { container: written };
  const container = written.slice(slash + 1);
  return { component: written.slice(0, slash), ...(container === '' ? {} : { container }) };
}

function wayBack(id: string, container: string | undefined, cursor: string): string {
  const what = container === undefined ? id : `${id} ${container}`;
  return `\nTo go on from here:\n  slipway logs -f ${what} --cursor ${cursor}\n`;
}

function attemptChoice(text: string): number | 'last' | 'all' {
  if (text === 'last' || text === 'all') return text;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 0, `last` or `all`.');
}

class Left extends Error {}

const examples = `
Examples:
  slipway logs -f shop/20261122-233015-k3x9qa             all containers, as they are built
  slipway logs shop/20261122-233015-k3x9qa api/server     one container's last attempt
  slipway logs shop/20261122-233015-k3x9qa --attempt all  what failed attempts printed, too

Lines reach the terminal at most 3 s after the builder printed them. Logs are kept as long as the
store's bucket says.`;
