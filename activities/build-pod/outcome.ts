import type { PodFailed, PodOutcome } from '../../workflows/contract/activities.ts';
import type { BuilderName } from '../../workflows/contract/application.ts';
import { isDigest } from '../support/digest.ts';
import { redact } from '../support/redact.ts';
import { cacheWarnings } from './evidence/cache.ts';
import { classify, failedContainer } from './evidence/classify.ts';
import { withoutUsage } from './evidence/kaniko.ts';
import type { Verdict } from './evidence/verdict.ts';
import { lastLines } from './log-text.ts';
import { mainContainer, type PodFacts } from './pod-facts.ts';
import { annotations } from './pod-metadata.ts';

/** What a failure carries of the log, in bytes. */
const logLimit = 4 * 1024;

/**
 * The outcome of a Pod that has ended.
 *
 * @param log the end of its log, redacted; '' where none could be read
 * @param now milliseconds
 */
export function endedOutcome(facts: PodFacts, log: string, now: number): PodOutcome {
  const digest = pushedDigest(facts);
  const main = mainContainer(facts)?.state;
  const wasKilled = main?.kind === 'terminated' && main.reason === 'OOMKilled';
  if (facts.phase === 'Succeeded' && digest !== null && !wasKilled) {
    const warnings = cacheWarnings(builderName(facts), log);
    return {
      kind: 'succeeded',
      digest,
      ...times(facts.createdAt, now),
      ...(warnings.length === 0 ? {} : { warnings }),
    };
  }
  // Some 10 KiB of flags would leave no room for the error above them.
  const text = withoutUsage(log === '' ? terminationMessages(facts) : log);
  if (facts.phase === 'Succeeded' && !wasKilled) {
    return failedOutcome(
      {
        failureType: 'BuilderFault',
        reason: 'the builder ended well but reported no digest',
      },
      { createdAt: facts.createdAt, log: text, now },
    );
  }
  const verdict = classify(builderName(facts), { facts, log: text });
  return {
    ...failedOutcome(verdict, { createdAt: facts.createdAt, log: text, now }),
    limits: limitsOf(facts, verdict),
  };
}

/** What the container that failed was limited to. */
function limitsOf(facts: PodFacts, { container }: Verdict): NonNullable<PodFailed['limits']> {
  const { memoryLimit = null, storageLimit = null } = failedContainer(facts, container) ?? {};
  return {
    ...(memoryLimit === null ? {} : { memory: memoryLimit }),
    ...(storageLimit === null ? {} : { ephemeralStorage: storageLimit }),
  };
}

export function failedOutcome(
  verdict: Verdict,
  {
    createdAt,
    log,
    now,
  }: { readonly createdAt: number; readonly log: string; readonly now: number },
): PodFailed {
  return {
    kind: 'failed',
    failureType: verdict.failureType,
    reason: redact(verdict.reason),
    log: log === '' ? null : lastLines(log, logLimit),
    ...times(createdAt, now),
  };
}

/** What the builder wrote into its digest file; believed only where the container exited 0. */
function pushedDigest(facts: PodFacts): string | null {
  const state = mainContainer(facts)?.state;
  if (state?.kind !== 'terminated' || state.exitCode !== 0) return null;
  const message = state.message?.trim() ?? '';
  return isDigest(message) ? message : null;
}

/** The kubelet's copy of the logs' ends: all there is when the log itself cannot be read. */
function terminationMessages({ containers }: PodFacts): string {
  const messages: string[] = [];
  for (const { state } of containers) {
    if (state.kind !== 'terminated' || state.message === null) continue;
    if (!isDigest(state.message.trim())) messages.push(redact(state.message));
  }
  return messages.join('\n');
}

/** Recorded by ourselves when the Pod was made. */
function builderName(facts: PodFacts): BuilderName {
  return facts.annotations[annotations.builder] === 'kaniko' ? 'kaniko' : 'buildah';
}

function times(createdAt: number, now: number): { startedAt: string; finishedAt: string } {
  return { startedAt: new Date(createdAt).toISOString(), finishedAt: new Date(now).toISOString() };
}
