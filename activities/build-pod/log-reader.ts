import type { Clock } from './clock.ts';
import type { PodIdentity, Pods } from './kubernetes.ts';
import { createLineRedactor } from './log-text.ts';
import { hasEnded, type PodFacts } from './pod-facts.ts';
import type { PodView } from './pod-view.ts';

/** Pause before a broken stream is opened again. */
const reopenMilliseconds = 1_000;

/**
 * A stream ends with its container, but for this long. The kubelet now and then keeps one open
 * after a short-lived container's end (seen with 1.34): the rest is then read without following.
 */
const lateMilliseconds = 500;
/** How often a log of an ended container is tried that cannot be read. */
const lastFailures = 5;

export interface LogReading {
  readonly pods: Pods;
  readonly clock: Clock;
  readonly view: PodView;
  readonly pod: PodIdentity;
  /** Read while the containers run; else all is read when the Pod has ended. */
  readonly follow: boolean;
  /** Told of each piece, in order. */
  readonly onText: (text: string) => void;
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
  const { clock, view, onText, signal } = options;
  const redactor = createLineRedactor();
  const reading = { position: 0 };
  let failures = 0;
  for (;;) {
    const end = await readOnce(options, container, reading, (chunk) =>
      onText(redactor.push(chunk)),
    );
    // The stream may end a moment before the news that its container has.
    if (!isOver(view, container)) {
      const settled = new AbortController();
      const either = AbortSignal.any([signal, settled.signal]);
      const sleep = clock.sleep(reopenMilliseconds, either);
      await Promise.race([sleep, view.changed(view.version(), signal)]);
      sleep.catch(() => undefined);
      settled.abort();
    }
    if (end === 'late' || !isOver(view, container)) continue;
    if (end === 'whole' || end === 'none' || view.current() === null) break;
    // A node that does not answer any more has taken the rest of the log with it.
    failures += 1;
    if (failures === lastFailures) break;
    await clock.sleep(reopenMilliseconds, signal);
  }
  onText(redactor.end());
}

/** Reads what is new since `reading.position`, which it moves on. */
async function readOnce(
  options: LogReading,
  container: string,
  reading: { position: number },
  onChunk: (chunk: Buffer) => void,
): Promise<'whole' | 'late' | 'broken' | 'none'> {
  const { pods, pod, view, signal } = options;
  const follow = options.follow && !isOver(view, container);
  const stream = new AbortController();
  const streamSignal = AbortSignal.any([signal, stream.signal]);
  let skip = reading.position;
  try {
    // A connection that died unnoticed has no end of its own.
    if (follow) abortWhenLate(options, container, stream).catch(() => undefined);
    const log = await pods.log(pod, container, { follow, signal: streamSignal });
    if (log === null) return 'none';
    for await (const piece of log) {
      const chunk = Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece));
      const fresh = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - fresh.length;
      reading.position += fresh.length;
      if (fresh.length > 0) onChunk(fresh);
    }
    return 'whole';
  } catch (error) {
    if (signal.aborted) throw error;
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

function isOver(view: PodView, container: string): boolean {
  const facts = view.current();
  if (facts === undefined) return false;
  return facts === null || stateOf(facts, container) === 'terminated';
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
