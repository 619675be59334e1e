import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type {
  AwaitBuildPodInput,
  PodOutcome,
  PodProgress,
} from '../../workflows/contract/activities.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { redact } from '../support/redact.ts';
import type { Secrets } from '../support/secrets.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { assess, type Assessment } from './assess.ts';
import type { Clock } from './clock.ts';
import type { NodeFacts, PodNews, Pods, PodWarning } from './kubernetes.ts';
import { readPodLog } from './log-reader.ts';
import { openLogSink } from './log-store.ts';
import { createLogTail, type LogTail } from './log-text.ts';
import { endedOutcome, failedOutcome } from './outcome.ts';
import { hasEnded, hasStarted, type PodFacts } from './pod-facts.ts';
import { abortable, createPodView, newsOrTime, type PodView } from './pod-view.ts';
import { secretValues } from './secret-values.ts';
import type { Slots } from './slots.ts';

/** Without news for this long the Pod is asked for. */
const truthMilliseconds = 30_000;
/** Until the next turn of a wait: at the end of a lease, and where a worker has no room for it. */
const handOverMilliseconds = 1_000;
const busyMilliseconds = 5_000;
/** Between two heartbeats at most; the worker sends fewer of them on. */
const heartbeatMilliseconds = 5_000;

export interface AwaitBuildPodDependencies {
  readonly pods: Pods;
  readonly news: PodNews;
  readonly store: ObjectStore;
  readonly secrets: Pick<Secrets, 'buildValue'>;
  readonly clock: Clock;
  readonly settings: Pick<InstallationSettings, 'imagePullGrace' | 'nodeLostAfter'>;
  /** Waits that this worker may have at once: beyond them a turn ends before it begins. */
  readonly waits: Slots;
  /** Log streams that this worker may have open; beyond them logs are read at the end. */
  readonly logStreams: Slots;
  /** Seconds after which a turn ends with `PodStillRunning`; null: wait as long as it takes. */
  readonly lease: number | null;
}

/**
 * Makes the activity that waits for a builder Pod: it finds the Pod by name and UID, whatever
 * happened to the worker that looked before, and resolves to what became of it. A failed build is
 * a result, not an error. The Pod is never deleted here: a worker's shutdown looks like
 * cancellation.
 *
 * Values of build-time secrets are taken out of the log, wherever it goes.
 *
 * The activity throws `ClusterUnavailable`, `StorageUnavailable`, `PodStillRunning` (the lease is
 * over, or the worker has no room), and `CancelledFailure` when it is cancelled.
 */
export function createAwaitBuildPod(
  dependencies: AwaitBuildPodDependencies,
): (input: AwaitBuildPodInput) => Promise<PodOutcome> {
  return async (input) => {
    const leave = dependencies.waits.tryTake();
    if (leave === null) throw stillRunning(input, busyMilliseconds);
    try {
      return await followPod(dependencies, input);
    } finally {
      leave();
    }
  };
}

async function followPod(
  dependencies: AwaitBuildPodDependencies,
  input: AwaitBuildPodInput,
): Promise<PodOutcome> {
  const { news, store, clock, pods } = dependencies;
  const { namespace, name } = input.pod;
  const ending = new AbortController();
  const signal = AbortSignal.any([Context.current().cancellationSignal, ending.signal]);
  const view = createPodView();
  const unsubscribe = news.subscribe(namespace, name, view.update);
  const tail = createLogTail();
  const output: Output = { lastAt: null };
  const wait: Wait = { input, view, tail, signal, output };
  const opening = Promise.all([
    openLogSink(store, clock, input.attempt),
    secretValues(dependencies.secrets, input.secrets ?? []),
  ]);
  const [sink, secrets] = await alive(clock, wait, opening).catch((error: unknown) => {
    unsubscribe();
    throw error;
  });
  const releaseSlot = dependencies.logStreams.tryTake();
  const log = readPodLog({
    pods,
    clock,
    view,
    pod: input.pod,
    secrets,
    follow: releaseSlot !== null,
    signal,
    async onText(text) {
      tail.append(text);
      if (output.lastAt !== null) output.lastAt = clock.now();
      await sink.write(text);
    },
    onListening(isListening) {
      output.lastAt = isListening ? (output.lastAt ?? clock.now()) : null;
    },
  });
  // Awaited below; until then an error must not end the process, nor pass for a builder's silence.
  log.catch(() => {
    output.lastAt = null;
  });
  try {
    const end = await waitForEnd(dependencies, wait);
    // Of a Pod that is lost or still runs there is no end of the log to wait for.
    if (end.kind === 'failed') ending.abort();
    await alive(clock, wait, end.kind === 'ended' ? log.then(() => sink.finish()) : sink.finish());
    const outcome =
      end.kind === 'ended'
        ? endedOutcome(end.facts, tail.text(), clock.now())
        : failedOutcome(end, { createdAt: end.createdAt, log: tail.text(), now: clock.now() });
    return withoutValues(outcome, secrets);
  } finally {
    ending.abort();
    sink.abandon();
    unsubscribe();
    releaseSlot?.();
  }
}

/** A container's last words reach the outcome from the Pod's status as well. */
function withoutValues(outcome: PodOutcome, secrets: readonly string[]): PodOutcome {
  if (outcome.kind === 'succeeded') return outcome;
  const { reason, log } = outcome;
  return {
    ...outcome,
    reason: redact(reason, secrets),
    log: log === null ? null : redact(log, secrets),
  };
}

type End =
  | { readonly kind: 'ended'; readonly facts: PodFacts }
  | (Extract<Assessment, { kind: 'failed' }> & { readonly createdAt: number });

interface Wait {
  readonly input: AwaitBuildPodInput;
  readonly view: PodView;
  readonly tail: LogTail;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** Milliseconds: when the builder was last heard; null where nobody listens to it. */
interface Output {
  lastAt: number | null;
}

async function waitForEnd(dependencies: AwaitBuildPodDependencies, wait: Wait): Promise<End> {
  const { clock } = dependencies;
  const { input, view, signal } = wait;
  const leaseEnd =
    dependencies.lease === null ? Infinity : clock.now() + dependencies.lease * 1_000;
  let createdAt = clock.now();
  let runningSince: number | null = null;
  let truth = await lookUp(dependencies, wait);
  for (;;) {
    signal.throwIfAborted();
    const version = view.version();
    const facts = view.current() ?? null;
    if (facts?.uid === input.pod.uid) createdAt = facts.createdAt;
    const now = clock.now();
    if (facts !== null && hasStarted(facts)) runningSince ??= now;
    const quietSince = quietFrom(wait.output.lastAt, runningSince);
    const situation = { input, settings: dependencies.settings, now, quietSince, ...truth };
    const assessment = assess(facts, situation);
    heartbeat(wait, assessment);
    if (assessment.kind !== 'wait') {
      // News may be late or of another Pod: an end counts when the API server confirms it.
      if (truth.version === version) return endOf(assessment, facts, createdAt);
      truth = await lookUp(dependencies, wait);
      continue;
    }
    if (now >= leaseEnd) throw stillRunning(input, handOverMilliseconds);
    const nextLook = Math.min(truth.at + truthMilliseconds, assessment.until ?? Infinity);
    if (now >= nextLook) {
      truth = await lookUp(dependencies, wait);
      continue;
    }
    const until = Math.min(nextLook, leaseEnd, now + heartbeatMilliseconds);
    await newsOrTime({ clock, view, signal }, version, until - now);
  }
}

function quietFrom(heardAt: number | null, runningSince: number | null): number | null {
  return heardAt === null || runningSince === null ? null : Math.max(heardAt, runningSince);
}

function endOf(
  assessment: Exclude<Assessment, { kind: 'wait' }>,
  facts: PodFacts | null,
  createdAt: number,
): End {
  if (assessment.kind === 'failed') return { ...assessment, createdAt };
  if (facts === null) throw new TypeError('a Pod that has ended has facts');
  return { kind: 'ended', facts };
}

/** What was read from the API server itself, and when. */
interface Truth {
  readonly at: number;
  /** The view's version that it made. */
  readonly version: number;
  readonly node: NodeFacts | null | undefined;
  readonly warnings: readonly PodWarning[];
}

async function lookUp(dependencies: AwaitBuildPodDependencies, wait: Wait): Promise<Truth> {
  return alive(dependencies.clock, wait, abortable(readTruth(dependencies, wait), wait.signal));
}

async function readTruth(
  { pods, clock }: Pick<AwaitBuildPodDependencies, 'pods' | 'clock'>,
  { input, view }: Pick<Wait, 'input' | 'view'>,
): Promise<Truth> {
  const { namespace, name } = input.pod;
  let facts: PodFacts | null;
  let before: number;
  do {
    before = view.version();
    facts = await pods.get(namespace, name);
    // News that came meanwhile may be newer than the answer.
  } while (view.version() !== before);
  view.update(facts);
  const version = view.version();
  const at = clock.now();
  if (facts === null || hasEnded(facts) || facts.nodeName === null) {
    return { at, version, node: undefined, warnings: [] };
  }
  const node = await pods.node(facts.nodeName);
  const warnings = hasStarted(facts) ? [] : await pods.warnings(input.pod);
  return { at, version, node, warnings };
}

/** The promise's result, with heartbeats while it takes its time: a log may be long, a store slow. */
async function alive<T>(clock: Clock, wait: Wait, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const beat = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(heartbeatMilliseconds, done.signal);
      heartbeat(wait, null);
    }
  };
  beat().catch(() => undefined);
  try {
    return await work;
  } finally {
    done.abort();
  }
}

function heartbeat({ input, view, tail }: Wait, assessment: Assessment | null): void {
  const facts = view.current();
  const reason =
    assessment === null || assessment.kind === 'ended'
      ? (facts?.reason ?? null)
      : assessment.reason;
  const progress: PodProgress = {
    podUid: input.pod.uid,
    phase: facts?.phase ?? 'Unknown',
    // The kubelet quotes the URLs that it got no answer from, signatures included.
    reason: reason === null ? null : redact(reason),
    lastLogLine: tail.lastLine(),
  };
  Context.current().heartbeat(progress);
}

/** Not a failure: without a metric or a warning, and tried again soon, by whichever worker has room. */
function stillRunning({ pod }: AwaitBuildPodInput, nextRetryDelay: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'PodStillRunning',
    message: `Pod ${pod.namespace}/${pod.name} still runs; the wait goes on`,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay,
  });
}
