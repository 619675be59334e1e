import type { AwaitBuildPodInput } from '../../workflows/contract/activities.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { podRules } from './evidence/pod-rules.ts';
import { firstVerdict, type Verdict } from './evidence/verdict.ts';
import type { NodeFacts, PodWarning } from './kubernetes.ts';
import { hasEnded, hasStarted, type PodFacts } from './pod-facts.ts';

/** What to do about a Pod as it is now. */
export type Assessment =
  /** It has ended by itself: the outcome is in its containers and its log. */
  | { readonly kind: 'ended' }
  /** It will not end by itself, or there is nothing left of it. */
  | ({ readonly kind: 'failed' } & Verdict)
  /** `until`: when to look again even without news, in milliseconds; null for no such time. */
  | { readonly kind: 'wait'; readonly until: number | null; readonly reason: string | null };

export interface Situation {
  readonly input: Pick<AwaitBuildPodInput, 'pod' | 'queueTimeout'>;
  readonly settings: Pick<InstallationSettings, 'imagePullGrace' | 'nodeLostAfter'>;
  /** Milliseconds. */
  readonly now: number;
  /** The Pod's node: undefined when it was not asked for, null when there is no such node. */
  readonly node: NodeFacts | null | undefined;
  /** Warnings about a Pod that has not started. */
  readonly warnings: readonly PodWarning[];
  /** Milliseconds: since when its containers have run and printed nothing; null where nobody listens. */
  readonly quietSince: number | null;
}

/** The kubelet stops a Pod at its deadline up to half a minute late; we do not wait that long. */
const deadlineSlack = 2_000;

/** Pure: the Pod's facts (null: there is no such Pod) and the situation → what to do. */
export function assess(facts: PodFacts | null, situation: Situation): Assessment {
  if (facts === null || facts.uid !== situation.input.pod.uid) return gone(facts, situation);
  if (hasEnded(facts)) return { kind: 'ended' };
  if (facts.deleting) return deleted(facts);
  return (
    deadline(facts, situation) ??
    lostNode(facts, situation) ??
    (hasStarted(facts)
      ? (held(facts, situation) ?? running(facts, situation))
      : pending(facts, situation))
  );
}

function gone(facts: PodFacts | null, { input }: Situation): Assessment {
  const { namespace, name } = input.pod;
  const reason =
    facts === null
      ? `Pod ${namespace}/${name} is gone`
      : `Pod ${namespace}/${name} is gone; another one has its name`;
  return { kind: 'failed', failureType: 'PodDeleted', reason };
}

function deleted(facts: PodFacts): Assessment {
  const verdict = firstVerdict(podRules, facts);
  return {
    kind: 'failed',
    failureType: verdict?.failureType ?? 'PodDeleted',
    reason: verdict?.reason ?? `Pod ${facts.namespace}/${facts.name} is being deleted`,
  };
}

function deadline(facts: PodFacts, { now }: Situation): Assessment | null {
  const at = deadlineOf(facts);
  if (at === null || now < at) return null;
  return {
    kind: 'failed',
    failureType: 'DeadlineExceeded',
    reason: `the Pod ran longer than ${facts.activeDeadlineSeconds} s`,
  };
}

/** Seconds of silence that are always allowed. */
const shortestStall = 600;

/** A build that stands still is given up after half its time, so that another one may end in time. */
function running(facts: PodFacts, { quietSince, now }: Situation): Assessment {
  const deadlineAt = deadlineOf(facts);
  const wait: Assessment = { kind: 'wait', until: deadlineAt, reason: null };
  if (quietSince === null || facts.activeDeadlineSeconds === null) return wait;
  const seconds = Math.max(shortestStall, Math.floor(facts.activeDeadlineSeconds / 2));
  // The deadline comes first, and says more.
  if (seconds >= facts.activeDeadlineSeconds) return wait;
  const at = quietSince + seconds * 1_000;
  if (now < at) return { ...wait, until: Math.min(at, deadlineAt ?? Infinity) };
  const reason = `printed nothing for ${Math.round(seconds / 60)} min, which is the limit: half of \`timeouts.build\`, at least 10 min`;
  return { kind: 'failed', failureType: 'BuildStalled', reason };
}

function deadlineOf({ startedAt, activeDeadlineSeconds }: PodFacts): number | null {
  if (startedAt === null || activeDeadlineSeconds === null) return null;
  return startedAt + activeDeadlineSeconds * 1_000 + deadlineSlack;
}

function lostNode(facts: PodFacts, { node, now, settings }: Situation): Assessment | null {
  if (node === undefined || facts.nodeName === null) return null;
  const lost = (why: string): Assessment => ({
    kind: 'failed',
    failureType: 'NodeLost',
    reason: `node ${facts.nodeName} ${why}`,
  });
  if (node === null) return lost('does not exist any more');
  if (node.ready !== 'Unknown') return null;
  const at = node.since + settings.nodeLostAfter * 1_000;
  if (now >= at) return lost(`has not been reachable for ${settings.nodeLostAfter} s`);
  return { kind: 'wait', until: at, reason: `node ${facts.nodeName} does not answer` };
}

/** A container whose turn has come, after others that have run, and that the kubelet cannot start. */
function held(facts: PodFacts, { now, settings }: Situation): Assessment | null {
  const trouble = startTrouble(facts, []);
  if (trouble === null) return null;
  const graceEnd = turnOf(facts) + settings.imagePullGrace * 1_000;
  if (trouble.isFinal || now >= graceEnd) {
    return { kind: 'failed', failureType: trouble.failureType, reason: trouble.reason };
  }
  const until = Math.min(graceEnd, deadlineOf(facts) ?? Infinity);
  return { kind: 'wait', until, reason: trouble.reason };
}

/** When the container that waits could have started: with the Pod, or with the end of the one before. */
function turnOf({ createdAt, startedAt, containers }: PodFacts): number {
  const ends = containers.map(({ state }) =>
    state.kind === 'terminated' ? (state.finishedAt ?? 0) : 0,
  );
  return Math.max(startedAt ?? createdAt, ...ends);
}

/** Reasons of a waiting container that no time will heal. */
const hopeless = /^(InvalidImageName|ErrImageNeverPull)$/;
const hopelessPull =
  /not found|unauthorized|authorization failed|denied|forbidden|manifest unknown|invalid reference/i;

function pending(facts: PodFacts, situation: Situation): Assessment {
  const { now, settings } = situation;
  const queueEnd = facts.createdAt + situation.input.queueTimeout * 1_000;
  const scheduling = facts.conditions.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (scheduling !== undefined || facts.nodeName === null) {
    const reason = scheduling?.message ?? scheduling?.reason ?? 'not scheduled yet';
    if (now < queueEnd) return { kind: 'wait', until: queueEnd, reason };
    return {
      kind: 'failed',
      failureType: 'Unschedulable',
      reason: `not scheduled within ${situation.input.queueTimeout} s: ${reason}`,
    };
  }
  const graceEnd = turnOf(facts) + settings.imagePullGrace * 1_000;
  const trouble = startTrouble(facts, situation.warnings);
  if (trouble !== null && (trouble.isFinal || now >= graceEnd || now >= queueEnd)) {
    return { kind: 'failed', failureType: trouble.failureType, reason: trouble.reason };
  }
  if (now >= queueEnd) {
    return {
      kind: 'failed',
      failureType: 'BuilderFault',
      reason: `the Pod did not start within ${situation.input.queueTimeout} s on node ${facts.nodeName}`,
    };
  }
  const until = trouble === null ? queueEnd : Math.min(graceEnd, queueEnd);
  return { kind: 'wait', until, reason: trouble?.reason ?? 'the node prepares the Pod' };
}

/** Why the kubelet cannot start the Pod. */
function startTrouble(
  facts: PodFacts,
  warnings: readonly PodWarning[],
): (Verdict & { readonly isFinal: boolean }) | null {
  for (const { name, state } of facts.containers) {
    if (state.kind !== 'waiting' || state.reason === null) continue;
    const reason = `container ${name}: ${state.reason}: ${state.message ?? 'without a message'}`;
    if (
      /^(ErrImage|ImagePull|InvalidImageName|ImageInspectError|RegistryUnavailable)/.test(
        state.reason,
      )
    ) {
      const isFinal = hopeless.test(state.reason) || hopelessPull.test(state.message ?? '');
      return { failureType: 'BuilderImagePull', reason, isFinal };
    }
    if (
      /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/.test(state.reason)
    ) {
      return { failureType: 'PodRejected', reason, isFinal: false };
    }
  }
  const warning = warnings.findLast(({ reason }) =>
    /^Failed(Mount|CreatePodSandBox)$/.test(reason),
  );
  if (warning === undefined) return null;
  const reason = `${warning.reason}: ${warning.message}`;
  const noSecret = /secret "?[^"\s]+"? not found|references non-existent secret key/i;
  const failureType = noSecret.test(warning.message) ? 'SecretNotFound' : 'PodRejected';
  return { failureType, reason, isFinal: false };
}
