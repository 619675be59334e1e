import {
  failurePolicies,
  infrastructureBudget,
  type BackOff,
  type FailurePolicy,
  type FailureType,
} from '../contract/failures.ts';
import { doubled } from '../contract/quantity.ts';

/** Up to where memory grows when the worker's setting is not known: its default. */
const usualMemoryCeiling = '8Gi';

/** Kubernetes quantities; what is absent is not limited. */
interface Limits {
  readonly memory?: string;
  readonly ephemeralStorage?: string;
}

export interface FailedAttempt {
  readonly type: FailureType;
  /** What the attempts before it failed of. */
  readonly earlier: readonly FailureType[];
  readonly generation: number;
  /** What its Pod had. */
  readonly limits: Limits;
  /** Kubernetes quantity; absent: 8Gi. */
  readonly memoryCeiling?: string | undefined;
  /** Seconds; absent: as the failure's own back-off says. */
  readonly longestBackOff?: number | undefined;
}

export type Decision =
  | { readonly kind: 'fail' }
  | {
      readonly kind: 'retry';
      /** Seconds until the next attempt starts. */
      readonly wait: number;
      /** What the next attempt's Pod has instead. */
      readonly raised: Limits;
      /** In words: `attempt 1 has 1Gi of memory`. */
      readonly next: string;
    };

/** Whether another Pod follows a failed attempt, when, and with what. */
export function decide(failed: FailedAttempt): Decision {
  const { type, earlier, generation, limits } = failed;
  const policy: FailurePolicy = failurePolicies[type];
  const count = failuresBefore(policy, type, earlier);
  if (policy.backOff === null || count >= budgetOf(policy)) return { kind: 'fail' };
  const raised = raise(policy.raises, limits, failed.memoryCeiling ?? usualMemoryCeiling);
  if (raised === null) return { kind: 'fail' };
  const wait = Math.min(delay(policy.backOff, count), failed.longestBackOff ?? Infinity);
  return { kind: 'retry', wait, raised, next: nextInWords(generation + 1, raised, wait) };
}

function budgetOf({ retry, budget }: FailurePolicy): number {
  switch (retry) {
    case 'infrastructure':
      return infrastructureBudget;
    case 'attempt':
      return budget;
    case 'wait':
    case 'never':
      return 0;
  }
}

function failuresBefore(
  { retry }: FailurePolicy,
  type: FailureType,
  earlier: readonly FailureType[],
): number {
  const counts = (other: FailureType): boolean =>
    retry === 'infrastructure' ? failurePolicies[other].retry === retry : other === type;
  return earlier.filter(counts).length;
}

function delay({ first, ceiling }: BackOff, count: number): number {
  return Math.min(first * 2 ** count, ceiling);
}

/** Null when the same again would be in vain: nothing more can be had of what ran out. */
function raise(
  what: FailurePolicy['raises'],
  limits: Limits,
  memoryCeiling: string,
): Limits | null {
  switch (what) {
    case null:
      return {};
    case 'memory': {
      const memory = limits.memory === undefined ? null : doubled(limits.memory, memoryCeiling);
      return memory === null ? null : { memory };
    }
    case 'ephemeralStorage': {
      // Without a limit it was the node's disk that was full: another node may have room.
      if (limits.ephemeralStorage === undefined) return {};
      const ephemeralStorage = doubled(limits.ephemeralStorage, null);
      return ephemeralStorage === null ? null : { ephemeralStorage };
    }
  }
}

function nextInWords(
  generation: number,
  { memory, ephemeralStorage }: Limits,
  wait: number,
): string {
  const has = memory ?? (ephemeralStorage === undefined ? null : `${ephemeralStorage} of disk`);
  const starts = wait === 0 ? null : `starts ${inWords(wait)} later`;
  const parts = [has === null ? null : `has ${has}`, starts].filter((part) => part !== null);
  return `attempt ${generation} ${parts.length === 0 ? 'follows' : parts.join(' and ')}`;
}

function inWords(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return [minutes === 0 ? '' : `${minutes} min`, rest === 0 ? '' : `${rest} s`]
    .filter((part) => part !== '')
    .join(' ');
}
