import { assertNever } from '../../../workflows/contract/assert-never.ts';
import type { BuilderName } from '../../../workflows/contract/application.ts';
import type { ContainerFacts, PodFacts } from '../pod-facts.ts';
import { buildahRules, lastBuildahInstruction } from './buildah.ts';
import { kanikoRules, lastKanikoInstruction } from './kaniko.ts';
import { deletion, describeContainer, podRules } from './pod-rules.ts';
import { firstVerdict, type Evidence, type Rule, type Verdict } from './verdict.ts';

/** Longest reason, in characters: it is shown in lists and carried in histories. */
const reasonLimit = 500;

/**
 * Why a Pod that has ended did not build its image: what the Pod says goes before what its log
 * says, `Unknown` when neither fits.
 */
export function classify(builder: BuilderName, { facts, log }: Evidence): Verdict {
  const verdict =
    firstVerdict(podRules, facts) ??
    notOfDeletion(facts, firstVerdict(logRules(builder), log)) ??
    ({ failureType: 'Unknown', reason: unexplained({ facts, log }) } satisfies Verdict);
  const reason =
    verdict.failureType === 'OutOfMemory'
      ? outOfMemory(verdict, facts, lastInstruction(builder, log))
      : verdict.reason;
  return { ...verdict, reason: shortened(reason) };
}

/** A RUN that is killed with its Pod looks in the log like one that ran out of memory. */
function notOfDeletion(facts: PodFacts, verdict: Verdict | null): Verdict | null {
  return facts.deleting && verdict?.failureType === 'OutOfMemory' ? deletion(facts) : verdict;
}

/** The container that failed: what it was limited to is what the next attempt needs more of. */
export function failedContainer({ containers }: PodFacts, name?: string): ContainerFacts | null {
  const isIt = (container: ContainerFacts): boolean =>
    name === undefined
      ? container.state.kind === 'terminated' && container.state.exitCode !== 0
      : container.name === name;
  return containers.find(isIt) ?? null;
}

/** `ran out of memory at 512Mi in `RUN npm ci``, as far as it is known. */
function outOfMemory(
  { reason, container }: Verdict,
  facts: PodFacts,
  instruction: string | null,
): string {
  const limit = failedContainer(facts, container)?.memoryLimit ?? null;
  const where = instruction === null ? '' : ` in \`${instruction}\``;
  return `${reason} ${limit === null ? 'without a limit of its own' : `at ${limit}`}${where}`;
}

function lastInstruction(builder: BuilderName, log: string): string | null {
  switch (builder) {
    case 'kaniko':
      return lastKanikoInstruction(log);
    case 'buildah':
      return lastBuildahInstruction(log);
    default:
      return assertNever(builder);
  }
}

function logRules(builder: BuilderName): readonly Rule<string>[] {
  switch (builder) {
    case 'kaniko':
      return kanikoRules;
    case 'buildah':
      return buildahRules;
    default:
      return assertNever(builder);
  }
}

function unexplained({ facts, log }: Evidence): string {
  const states = facts.containers.map(describeContainer).join(', ');
  const lastLine = log.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const pod = [facts.reason, facts.message].filter((part) => part !== null).join(': ');
  return [states, pod, lastLine].filter((part) => part !== '').join('; ');
}

function shortened(reason: string): string {
  return reason.length <= reasonLimit ? reason : `${reason.slice(0, reasonLimit - 1)}…`;
}
