import type { Clock } from './clock.ts';
import type { PodIdentity, Pods } from './kubernetes.ts';
import { createLogPosition, type LogPosition } from './log-position.ts';
import { createLineRedactor } from './log-text.ts';
import { hasEnded, type PodFacts } from './pod-facts.ts';
import { newsOrTime, type PodView } from './pod-view.ts';

/** Pause before a broken stream is opened again. */
const reopenMilliseconds = 1_000;

/**
 * A stream ends with its container, but for this long. The kubelet now and then keeps one open
 * after a short-lived container's end (seen with 1.34): the rest is then read without following.
 */
const lateMilliseconds = 500;
/** How often a log of an ended container is tried that cannot be read. */
const lastFailures = 5;

/** A stream that has been silent for this long is opened again: it may have died without a word. */
const silentMilliseconds = 300_000;

const rotated = '\n… the node has begun a new log file: lines may be missing or come twice …\n';

export interface LogReading {
  readonly pods: Pods;
  readonly clock: Clock;
  readonly view: PodView;
  readonly pod: PodIdentity;
  /** Values that are taken out of the text. */
  readonly secrets: readonly string[];
  /** Read while the containers run; else all is read when the Pod has ended. */
  readonly follow: boolean;
  /** Told of each piece, in order; the next one is read when it has resolved. */
  readonly onText: (text: string) => Promise<void>;
  /** Told when a stream of a container that runs has spoken, and when it is no longer there. */
  readonly onListening: (isListening: boolean) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads the logs of the Pod's containers one after the other, redacted, until the last one that
 * ran has ended or the Pod is gone. A stream that breaks is opened again and goes on where it
 * broke.
 */
export async function readPodLog(options: LogReading): Promise<void> {
  const { view, follow, signal } = options;
  const known = await until(view, (facts) => follow || hasEnded(facts), signal);
  for (const { name } of known?.containers ?? []) {
    const facts = await until(
      view,
      (latest) => hasEnded(latest) || stateOf(latest, name) !== 'waiting',
      signal,
    );
    if (facts === null || stateOf(facts, name) === 'waiting') return;
    await readContainerLog(options, name);
  }
}

async function readContainerLog(options: LogReading, container: string): Promise<void> {
  const { clock, view, secrets, onText, onListening, signal } = options;
  const redactor = createLineRedactor(secrets);
  const position = createLogPosition();
  let failures = 0;
  for (;;) {
    const end = await readOnce(options, container, position, (chunk) =>
      onText(redactor.push(chunk)),
    );
    if (end === 'silent') continue;
    onListening(false);
    if (end === 'rotated') {
      position.startAnew();
      await onText(redactor.end() + rotated);
      continue;
    }
    // The stream may end a moment before the news that its container has.
    if (!isOver(view, container)) {
      await newsOrTime({ clock, view, signal }, view.version(), reopenMilliseconds);
    }
    if (end === 'late' || !isOver(view, container)) continue;
    if (end === 'whole' || end === 'none' || view.current() === null) break;
    // A node that does not answer any more has taken the rest of the log with it.
    failures += 1;
    if (failures === lastFailures) break;
    await clock.sleep(reopenMilliseconds, signal);
  }
  await onText(redactor.end());
}

/**
 * Reads what is new since `position`, which it moves on. `rotated`: it is another log than before.
 * Rejects with what `onChunk` does, and when it is cancelled.
 */
async function readOnce(
  options: LogReading,
  container: string,
  position: LogPosition,
  onChunk: (chunk: Buffer) => Promise<void>,
): Promise<'whole' | 'late' | 'silent' | 'rotated' | 'broken' | 'none'> {
  const { pods, pod, view, signal } = options;
  const follow = options.follow && !isOver(view, container);
  const stream = new AbortController();
  const streamSignal = AbortSignal.any([signal, stream.signal]);
  const reading = position.reopened();
  const heard = { at: options.clock.now(), ever: false };
  let isHandingOver = false;
  try {
    if (follow) {
      abortWhenLate(options, container, stream).catch(() => undefined);
      abortWhenSilent(options, heard, stream).catch(() => undefined);
    }
    const log = await pods.log(pod, container, { follow, signal: streamSignal });
    if (log === null) return 'none';
    for await (const piece of log) {
      if (follow && !heard.ever) options.onListening(true);
      heard.ever = true;
      const fresh = reading.next(Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece)));
      if (fresh === 'other text') return 'rotated';
      isHandingOver = true;
      if (fresh.length > 0) await onChunk(fresh);
      isHandingOver = false;
      heard.at = options.clock.now();
    }
    // A node that is restarted ends what it sends as if that were all.
    if (!reading.isBehind()) return 'whole';
    return follow ? 'broken' : 'rotated';
  } catch (error) {
    if (signal.aborted || isHandingOver) throw error;
    if (stream.signal.reason === 'silent') return heard.ever ? 'silent' : 'broken';
    return stream.signal.aborted ? 'late' : 'broken';
  } finally {
    stream.abort();
  }
}

/** Breaks a stream that goes on well after its container has ended. */
async function abortWhenLate(
  { view, clock }: LogReading,
  container: string,
  stream: AbortController,
): Promise<void> {
  for (;;) {
    const version = view.version();
    if (isOver(view, container)) break;
    await view.changed(version, stream.signal);
  }
  await clock.sleep(lateMilliseconds, stream.signal);
  stream.abort();
}

/** Breaks a stream over which nothing has come for long. */
async function abortWhenSilent(
  { clock }: LogReading,
  heard: { readonly at: number },
  stream: AbortController,
): Promise<void> {
  for (;;) {
    const left = heard.at + silentMilliseconds - clock.now();
    if (left <= 0) break;
    await clock.sleep(left, stream.signal);
  }
  stream.abort('silent');
}

function isOver(view: PodView, container: string): boolean {
  const facts = view.current();
  if (facts === undefined) return false;
  // Of a Pod that ended with its node no container is ever said to be terminated.
  return facts === null || hasEnded(facts) || stateOf(facts, container) === 'terminated';
}

async function until(
  view: PodView,
  predicate: (facts: PodFacts) => boolean,
  signal: AbortSignal,
): Promise<PodFacts | null> {
  for (;;) {
    const version = view.version();
    const facts = view.current();
    if (facts === null) return null;
    if (facts !== undefined && predicate(facts)) return facts;
    await view.changed(version, signal);
  }
}

function stateOf(facts: PodFacts, container: string): string | undefined {
  return facts.containers.find(({ name }) => name === container)?.state.kind;
}
