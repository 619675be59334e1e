import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import type { Response } from 'undici';
import { orAbort } from '../abort.ts';
import type { SlipwayClient } from '../connect.ts';
import { ServiceUnreachable } from '../errors.ts';
import { getBuild } from '../get.ts';
import { openLogAccess, type LogAccess } from './access.ts';
import type { AttemptChoice } from './attempts.ts';
import { decodeCursor, encodeCursor, type Position } from './cursor.ts';
import { observeBuild } from './observe.ts';
import { chosen, logsOf, readToEnd, stepsOf, type Log, type ReadingState } from './reading.ts';

/** What `readLogs` reads. */
export interface LogOptions {
  /** Logs of this component's containers alone. */
  readonly component?: string;
  /** Logs of containers of this name alone. */
  readonly container?: string;
  /**
   * Number of the attempt, from 0; `last`: the latest one that there is, and those that follow it;
   * `all`: from the first one on. Default: `last`.
   */
  readonly attempt?: AttemptChoice;
  /** Go on until the build has ended. Default: false, only what is there now. */
  readonly follow?: boolean;
  /** Cursor of the last chunk that was seen: go on behind it. */
  readonly from?: string;
  /** Its abort ends the reading at once, with its reason. */
  readonly signal?: AbortSignal;
}

/** A piece of one container's log: mostly whole lines, always whole characters. */
export interface LogChunk {
  /** Name of the component. */
  readonly component: string;
  /** Name of the container. */
  readonly container: string;
  /** Number of the attempt, from 0. */
  readonly attempt: number;
  /** As the builder printed it, line breaks included; secrets are redacted. */
  readonly text: string;
  /** Where to go on, for all containers of this reading; a short text for `from`. */
  readonly cursor: string;
}

/** Milliseconds between two looks for parts, and per container that is looked at. Parts come every 2 s. */
const interval = { least: 400, most: 700, perLog: 14 };

/** How often a log is asked for whose connection breaks. */
const maxTries = 4;

/**
 * The redacted logs of a build's containers: of attempts that have ended one after the other, of
 * running ones as they come, at most 3 s after they were written. The log of an attempt is in
 * order; those of several containers are merged as they come.
 *
 * @throws BuildNotFound, LogNotFound for a component or container that there is not, or another
 *   build's cursor; ServiceUnreachable, InvalidConfiguration; the signal's reason when it aborts
 */
export async function* readLogs(
  client: SlipwayClient,
  buildId: string,
  options: LogOptions = {},
): AsyncGenerator<LogChunk, void, void> {
  const { attempt = 'last', follow = false, from, signal } = options;
  const first = await orAbort(getBuild(client, buildId), signal);
  const all = logsOf(first);
  const paths = all.map(({ path }) => path);
  const logs = chosen(buildId, all, options);
  const state: ReadingState = {
    ...(from === undefined
      ? { positions: new Map(), finished: new Set() }
      : decodeCursor(buildId, paths, from)),
    complete: new Set(),
  };
  const access = openLogAccess(client, buildId, signal);
  const build = follow && !first.closed ? observeBuild(client, first) : null;
  const chunk = (
    { component, container, path }: Log,
    position: Position,
    text: string,
  ): LogChunk => {
    state.positions.set(path, position);
    const cursor = encodeCursor(buildId, paths, state);
    return { component, container, attempt: position.generation, text, cursor };
  };

  try {
    for (;;) {
      signal?.throwIfAborted();
      const steps = stepsOf(build?.current() ?? first, logs, attempt, state);
      const ended = steps.filter(({ step }) => step.kind === 'ended');
      const live = steps.filter(({ step }) => step.kind === 'live');
      await access.prepare(
        [...ended, ...live].map(({ log, step, position }) => ({
          ...nameOf(log, position),
          from: step.kind === 'ended' ? null : (position.part ?? 0),
        })),
      );
      let isIdle = ended.length === 0;
      for (const reading of ended) {
        const { log, position } = reading;
        for await (const { at, text } of endedLog(access, log, position))
          yield chunk(log, at, text);
        readToEnd(reading, state);
      }
      const parts = await Promise.all(
        live.map(({ log, position }) => access.part(nameOf(log, position), position.part ?? 0)),
      );
      for (const [index, { log, position }] of live.entries()) {
        const text = parts[index];
        if (text === undefined || text === null) continue;
        isIdle = false;
        yield chunk(log, behind(position, text), text);
      }
      if (!isIdle) continue;
      if (build === null || steps.every(({ step }) => step.kind === 'done')) return;
      const pause = Math.max(interval.least, live.length * interval.perLog);
      await rest(Math.min(interval.most, pause), signal);
    }
  } finally {
    await Promise.all([access.close(), build?.stop()]);
  }
}

async function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  // The loop throws the signal's own reason.
  await delay(milliseconds, undefined, options).catch(() => undefined);
}

/**
 * The rest of an ended attempt's log: of the joined object, or of the parts where a cancelled or
 * terminated build has not left one.
 */
async function* endedLog(
  access: LogAccess,
  log: Log,
  start: Position,
): AsyncGenerator<{ readonly at: Position; readonly text: string }, void, void> {
  const name = nameOf(log, start);
  let at = start;
  for (let tries = 1; ; tries += 1) {
    const joined = await access.joined(name, at.bytes);
    if (joined === null) break;
    try {
      for await (const text of textOf(joined)) {
        at = { ...at, part: null, bytes: at.bytes + Buffer.byteLength(text) };
        yield { at, text };
      }
      return;
    } catch (error) {
      // The connection broke in the middle: there is no need to begin again.
      if (tries === maxTries)
        throw new ServiceUnreachable(`${log.path}: its log breaks off`, { cause: error });
    }
  }
  while (at.part !== null) {
    const text = await access.part(name, at.part);
    if (text === null) return;
    at = behind(at, text);
    yield { at, text };
  }
}

async function* textOf({ body }: Response): AsyncGenerator<string, void, void> {
  const decoder = new StringDecoder('utf8');
  for await (const piece of body ?? []) {
    const text = decoder.write(Buffer.from(piece as Uint8Array));
    if (text !== '') yield text;
  }
}

function behind({ generation, part, bytes }: Position, text: string): Position {
  return { generation, part: (part ?? 0) + 1, bytes: bytes + Buffer.byteLength(text) };
}

function nameOf({ component, container }: Log, { generation }: Position) {
  return { component, container, generation };
}
