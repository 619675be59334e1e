import type { FailureType } from '../../../workflows/contract/failures.ts';
import type { PodFacts } from '../pod-facts.ts';

/** Why an attempt failed: the type, and the evidence in a person's words. */
export interface Verdict {
  readonly failureType: FailureType;
  readonly reason: string;
  /** Which container of the Pod it was, where that is known. */
  readonly container?: string;
}

export interface Evidence {
  readonly facts: PodFacts;
  /** The end of the builder's log, redacted. */
  readonly log: string;
}

/** One row of a table: null when it does not apply. Tables are read from the top. */
export type Rule<Input> = (input: Input) => Verdict | null;

export function firstVerdict<Input>(rules: readonly Rule<Input>[], input: Input): Verdict | null {
  for (const rule of rules) {
    const verdict = rule(input);
    if (verdict !== null) return verdict;
  }
  return null;
}

/** A row that looks for a pattern in one text and gives the text as its reason. */
export function pattern(failureType: FailureType, expression: RegExp): Rule<string> {
  return (text) => (expression.test(text) ? { failureType, reason: text } : null);
}

/**
 * Applies the rules to the builder's last words when these speak of the stage.
 *
 * @param otherwise what the stage failed of when no rule fits; null leaves it to the rows below
 */
export function stage(
  words: string,
  of: RegExp,
  rules: readonly Rule<string>[],
  otherwise: FailureType | null,
): Verdict | null {
  if (!of.test(words)) return null;
  const verdict = firstVerdict(rules, words);
  if (verdict !== null) return verdict;
  return otherwise === null ? null : { failureType: otherwise, reason: words };
}
