import { assertNever } from '../../../workflows/contract/assert-never.ts';
import type { BuilderName } from '../../../workflows/contract/application.ts';
import { buildahRules } from './buildah.ts';
import { kanikoRules } from './kaniko.ts';
import { describeContainer, podRules } from './pod-rules.ts';
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
    firstVerdict(logRules(builder), log) ??
    ({ failureType: 'Unknown', reason: unexplained({ facts, log }) } satisfies Verdict);
  return { ...verdict, reason: shortened(verdict.reason) };
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
