import { Command, Option } from 'commander';
import type { SlipwayClient } from '../../client/connect.ts';
import type { BuildSnapshot } from '../../client/get.ts';
import type { ListedBuild } from '../../client/list.ts';
import { submitOrFindBuild } from '../../client/submit.ts';
import type { Application } from '../../workflows/contract/application.ts';
import { commandSettings, environmentInUse } from '../environment.ts';
import { exitCode, type ExitCode } from '../exit.ts';
import { follow, followedCode, heading } from '../follow.ts';
import { fileAndForced, forceOption, forceSelection, type Forced } from '../forced.ts';
import { oneLine } from '../view/foreign-text.ts';
import { painter } from '../view/format.ts';
import { jsonStreamView, resultOf } from '../view/json-stream.ts';
import { nextSteps } from '../view/next-steps.ts';
import { progressView } from '../view/progress-view.ts';
import { summary } from '../view/summary.ts';
import { withClient } from '../with-client.ts';
import { readDefinition } from './definition.ts';
import { uncommittedNote } from './uncommitted.ts';

/** How a command that starts a build tells of it. */
export interface FollowingOptions {
  readonly json?: boolean;
  readonly jsonStream?: boolean;
  readonly detach?: boolean;
}

interface BuildOptions extends FollowingOptions {
  readonly key?: string;
  readonly force?: Forced;
}

export function buildCommand(): Command {
  return withFollowing(
    new Command('build')
      .description('build an application: every container that changed, then the packages')
      .usage('<file> [options]')
      // Not required as commander has it: a `--force` before it takes it for its container.
      .argument('[file]', 'the definition (slipway/v1), or - for standard input')
      .option('--key <key>', 'idempotency key: the same key names the same build')
      .addOption(forceOption()),
  )
    .addHelpText('after', examples)
    .action(async (named: string | undefined, options: BuildOptions, command: Command) => {
      const { file, force } = fileAndForced(named, options.force);
      if (file === undefined) return command.error("error: missing required argument 'file'");
      process.exitCode = await runBuild(file, force, options);
    });
}

/** Adds the options of every command that starts a build. */
export function withFollowing(command: Command): Command {
  return command
    .option('--json', 'print the result as one JSON object on stdout when the build ends')
    .addOption(
      new Option(
        '--json-stream',
        'print each change as a line of JSON on stdout, the result last',
      ).conflicts('json'),
    )
    .option('--detach', 'print the build id and return; the build goes on');
}

async function runBuild(
  file: string,
  forced: Forced | undefined,
  options: BuildOptions,
): Promise<ExitCode> {
  const settings = commandSettings(process.env);
  const application = await readDefinition(file, settings);
  const force = forceSelection(application, forced);
  return withClient(async (client) => {
    await tellUncommitted(application);
    const { buildId, found } = await submitOrFindBuild(client, application, {
      force,
      ...(options.key === undefined ? {} : { key: options.key }),
    });
    if (found !== null) process.stderr.write(`${foundNote(found)}\n`);
    return await followStarted(client, buildId, options);
  });
}

/** Of a build whose key is known: what is printed next may be an old result. */
export function foundNote({ startedAt }: Pick<ListedBuild, 'startedAt'>): string {
  const time = startedAt.toISOString().slice(0, 19).replace('T', ' ');
  return `found by its key: started ${time} UTC, nothing new is built`;
}

/** Follows a build that has just been started, as the options say, and reports its end. */
export async function followStarted(
  client: SlipwayClient,
  id: string,
  { json = false, jsonStream = false, detach = false }: FollowingOptions,
): Promise<ExitCode> {
  if (detach) {
    process.stdout.write(json || jsonStream ? `${JSON.stringify({ buildId: id })}\n` : `${id}\n`);
    return exitCode.succeeded;
  }
  process.stderr.write(`${heading(id, environmentInUse(process.env))}\n`);
  const view = jsonStream
    ? jsonStreamView(process.stdout, process.stderr, () => new Date())
    : progressView(process.stderr, Date.now());
  const followed = await follow(client, id, { view });
  if (followed.snapshot !== null && !jsonStream) report(followed.snapshot, json);
  return followedCode(followed);
}

/** Says on stderr which files a build or a plan does not see. */
export async function tellUncommitted(application: Application): Promise<void> {
  const note = await uncommittedNote(application);
  if (note !== null)
    process.stderr.write(`${painter(process.stderr)('yellow', `warning: ${oneLine(note)}`)}\n`);
}

/** What a build came to: warnings and how to go on on stderr, the result on stdout. */
export function report(snapshot: BuildSnapshot, json: boolean): void {
  const { result, failure, warnings } = snapshot;
  const paint = painter(process.stderr);
  for (const warning of warnings)
    process.stderr.write(`${paint('yellow', `warning: ${oneLine(warning)}`)}\n`);
  if (json) process.stdout.write(`${JSON.stringify(resultOf(snapshot))}\n`);
  else process.stdout.write(`${summary(result, failure, painter(process.stdout))}\n`);
  const next = json ? [] : nextSteps(result);
  if (next.length > 0) process.stderr.write(`\n${next.join('\n')}\n`);
}

const examples = `
Examples:
  slipway build slipway.yaml                     build what has changed
  slipway build slipway.yaml --force api/server  build this container in any case
  slipway build slipway.yaml --json | jq .status
  slipway plan slipway.yaml                      only say what would be built, and why

Ctrl-C leaves the build running and says how to come back; a second one within 3 s cancels it.
Exit codes: 0 succeeded, 1 failed, 2 bad input, 3 a service is away, 130 interrupted`;
