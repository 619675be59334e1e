import { assertNever } from '../../../workflows/contract/assert-never.ts';
import type { FailureType } from '../../../workflows/contract/failures.ts';
import { contextVerdict } from '../context-step/report.ts';
import type { ContainerFacts, PodFacts } from '../pod-facts.ts';
import type { Rule, Verdict } from './verdict.ts';

/** What the Pod itself says: stronger than anything in its log. First match wins. */
export const podRules: readonly Rule<PodFacts>[] = [
  deadline,
  ownStorageLimit,
  evicted,
  preempted,
  disrupted,
  nodeLost,
  refusedByNode,
  killedByDeletion,
  contextVerdict,
  outOfMemory,
  containerNotStarted,
];

function deadline({ reason, activeDeadlineSeconds }: PodFacts): Verdict | null {
  if (reason !== 'DeadlineExceeded') return null;
  return {
    failureType: 'DeadlineExceeded',
    reason: `the Pod ran longer than ${activeDeadlineSeconds ?? '?'} s and was stopped`,
  };
}

/** An eviction for the build's own limit would come back on every node. */
function ownStorageLimit({ reason, message }: PodFacts): Verdict | null {
  const own =
    /local ephemeral storage|local storage usage exceeds the total limit|usage of EmptyDir volume/i;
  if (reason !== 'Evicted' || !own.test(message ?? '')) return null;
  return { failureType: 'DiskFull', reason: `evicted: ${message?.trim()}` };
}

function evicted({ reason, message }: PodFacts): Verdict | null {
  if (reason !== 'Evicted') return null;
  return { failureType: 'Evicted', reason: `evicted: ${message ?? 'without a message'}` };
}

function preempted({ reason, message }: PodFacts): Verdict | null {
  if (reason !== 'Preempted' && reason !== 'Preempting') return null;
  return { failureType: 'Preempted', reason: message ?? 'preempted' };
}

/** Reasons of the condition `DisruptionTarget` that are not evictions. */
const disruptions: Readonly<Record<string, FailureType>> = {
  PreemptionByScheduler: 'Preempted',
  DeletionByTaintManager: 'NodeLost',
  DeletionByPodGC: 'NodeLost',
};

/** The cluster announces that it takes the Pod away (KEP-3329). */
function disrupted({ conditions }: PodFacts): Verdict | null {
  const condition = conditions.find(
    ({ type, status }) => type === 'DisruptionTarget' && status === 'True',
  );
  if (condition === undefined) return null;
  const reason = condition.message ?? `disrupted: ${condition.reason ?? 'without a reason'}`;
  const failureType = disruptions[condition.reason ?? ''] ?? 'Evicted';
  return { failureType, reason };
}

function nodeLost({ reason, message, nodeName, containers }: PodFacts): Verdict | null {
  const lost = ['NodeLost', 'Shutdown', 'NodeShutdown', 'Terminated'].includes(reason ?? '');
  const unknown = containers.some(
    ({ state }) => state.kind === 'terminated' && state.reason === 'ContainerStatusUnknown',
  );
  if (!lost && !unknown) return null;
  return {
    failureType: 'NodeLost',
    reason: `node ${nodeName ?? '?'}: ${message ?? reason ?? 'the container’s end was not seen'}`,
  };
}

/** The scheduler and the kubelet disagreed (a race for resources): another node may take it. */
function refusedByNode({ reason, message }: PodFacts): Verdict | null {
  if (
    !/^(OutOf\w+|UnexpectedAdmissionError|NodeAffinity|TopologyAffinityError)$/.test(reason ?? '')
  ) {
    return null;
  }
  return { failureType: 'Evicted', reason: `the node refused the Pod: ${message ?? reason}` };
}

/** Who is deleted is killed like one that ran out of memory, unless the kernel says which it was. */
function killedByDeletion(facts: PodFacts): Verdict | null {
  const killed = facts.containers.some(
    ({ state }) =>
      state.kind === 'terminated' &&
      state.reason !== 'OOMKilled' &&
      (state.exitCode === 137 || state.exitCode === 143),
  );
  return facts.deleting && killed ? deletion(facts) : null;
}

export function deletion({ namespace, name }: PodFacts): Verdict {
  return { failureType: 'PodDeleted', reason: `Pod ${namespace}/${name} was deleted` };
}

function outOfMemory({ containers }: PodFacts): Verdict | null {
  // OOMKilled counts with any exit code: a shell may have swallowed the killed process.
  const killed = containers.find(
    ({ state }) =>
      state.kind === 'terminated' && (state.reason === 'OOMKilled' || state.exitCode === 137),
  );
  if (killed === undefined) return null;
  const isSeen = killed.state.kind === 'terminated' && killed.state.reason === 'OOMKilled';
  return {
    failureType: 'OutOfMemory',
    reason: isSeen ? 'ran out of memory' : 'most likely ran out of memory',
    container: killed.name,
  };
}

function containerNotStarted({ containers }: PodFacts): Verdict | null {
  for (const { name, state } of containers) {
    if (state.kind !== 'terminated') continue;
    if (
      !['StartError', 'ContainerCannotRun', 'CreateContainerError'].includes(state.reason ?? '')
    ) {
      continue;
    }
    const why = state.message ?? state.reason;
    return { failureType: 'BuilderFault', reason: `container ${name} did not start: ${why}` };
  }
  return null;
}

/** A container's state in a few words, for where nothing better is known. */
export function describeContainer({ name, state }: ContainerFacts): string {
  switch (state.kind) {
    case 'running':
      return `container ${name} runs`;
    case 'waiting':
      return `container ${name} waits${state.reason === null ? '' : ` (${state.reason})`}`;
    case 'terminated':
      return `container ${name} exited with ${state.exitCode}`;
    default:
      return assertNever(state);
  }
}
