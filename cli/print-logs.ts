import { once } from 'node:events';
import type { SlipwayClient } from '../client/connect.ts';
import { getBuild, type BuildSnapshot } from '../client/get.ts';
import type { AttemptChoice } from '../client/logs/attempts.ts';
import { readLogs } from '../client/logs/read-logs.ts';
import { exitCode, type ExitCode } from './exit.ts';
import { painter } from './view/format.ts';
import { logLines } from './view/log-lines.ts';
import { awaitedAttempts, missingLogs } from './view/missing-logs.ts';

/** Whose logs are printed, and how: what `slipway logs` was given. */
export interface LogsRequest {
  readonly build: string;
  /** As it was typed; undefined for all. */
  readonly container: string | undefined;
  readonly follow: boolean;
  readonly attempt: AttemptChoice;
  readonly cursor: string | undefined;
  readonly json: boolean;
}

/**
 * Prints logs on stdout; on stderr why there are none of a container, and after an interrupt how to
 * go on.
 *
 * @throws what `readLogs` throws, after saying how to go on
 */
export async function printLogs(client: SlipwayClient, request: LogsRequest): Promise<ExitCode> {
  const { build: id, follow, attempt, cursor: from, json } = request;
  const leaving = new AbortController();
  const onInterrupt = () => leaving.abort(new Left());
  const selection = selected(request.container);
  const before = await getBuild(client, id);
  const paths = pathsOf(before, selection);
  const lines = json ? null : logLines(paths, painter(process.stdout));
  const printed = new Set<string>();
  let cursor = from;
  process.on('SIGINT', onInterrupt);
  try {
    if (follow) say(awaitedAttempts(before, paths, attempt));
    for await (const chunk of readLogs(client, id, {
      ...selection,
      follow,
      attempt,
      signal: leaving.signal,
      ...(from === undefined ? {} : { from }),
    })) {
      await print(lines === null ? `${JSON.stringify(chunk)}\n` : lines.push(chunk));
      printed.add(`${chunk.component}/${chunk.container}#${chunk.attempt}`);
      cursor = chunk.cursor;
    }
    await print(lines?.end() ?? '');
  } catch (error) {
    const isLeft = leaving.signal.aborted;
    process.stdout.write(lines?.end() ?? '');
    if (isLeft ? follow : cursor !== undefined)
      say(['', 'To go on from here:', `  ${wayBack({ ...request, cursor })}`]);
    if (!isLeft) throw error;
    return exitCode.interrupted;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
  // Before the cursor all has been said.
  if (from !== undefined) return exitCode.succeeded;
  const after = follow ? await getBuild(client, id) : before;
  const missing = missingLogs(after, paths, attempt, printed, Date.now());
  say(missing.map(({ text }) => text));
  const isNowhere =
    missing.length > 0 &&
    printed.size === 0 &&
    missing.every(({ kind }) => kind === 'no such attempt');
  return isNowhere ? exitCode.badInput : exitCode.succeeded;
}

/** The same command, from the cursor on. */
function wayBack({ build, container, follow, attempt, cursor, json }: LogsRequest): string {
  return [
    'slipway logs',
    ...(follow ? ['-f'] : []),
    build,
    ...(container === undefined ? [] : [container]),
    ...(attempt === 'last' ? [] : [`--attempt ${attempt}`]),
    ...(json ? ['--json'] : []),
    ...(cursor === undefined ? [] : [`--cursor ${cursor}`]),
  ].join(' ');
}

function say(lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
}

/** Waits for a slow reader: a long log must not pile up in memory. */
async function print(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

interface Selection {
  readonly component?: string;
  readonly container?: string;
}

function selected(written: string | undefined): Selection {
  if (written === undefined) return {};
  const slash = written.indexOf('/');
  if (slash === -1) return { container: written };
  const container = written.slice(slash + 1);
  return { component: written.slice(0, slash), ...(container === '' ? {} : { container }) };
}

function pathsOf(
  { result }: BuildSnapshot,
  { component, container }: Selection,
): readonly string[] {
  return result.components
    .filter(({ name }) => component === undefined || name === component)
    .flatMap(({ name, containers }) =>
      containers
        .filter((one) => container === undefined || one.name === container)
        .map((one) => `${name}/${one.name}`),
    );
}

class Left extends Error {}
