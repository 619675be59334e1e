import { z } from 'zod';
import {
  byteQuantity,
  duration,
  parseDuration,
  usableBytes,
  type CheckRule,
  type PatternRule,
} from './rules.ts';

/*
 * The rules as parts of the schema. The convention that `issues.ts` builds on: the message of a
 * failed check, the type's among them, says what is expected; what is wrong comes from the value,
 * or from the issue's `params.problem`.
 */

export function matching(rule: PatternRule): z.ZodString {
  return z.string({ error: rule.expected }).regex(rule.pattern, { error: rule.expected });
}

export function checked(rule: CheckRule): z.ZodString {
  return checking(z.string({ error: rule.expected }), rule);
}

/** An amount of memory or disk that a container can run with. */
export function usefulBytes(): z.ZodString {
  return checking(matching(byteQuantity), usableBytes);
}

function checking(schema: z.ZodString, rule: CheckRule): z.ZodString {
  return schema.superRefine((text, context) => {
    const problem = rule.problem(text);
    if (problem === null) return;
    context.addIssue({ code: 'custom', message: rule.expected, params: { problem } });
  });
}

export function wholeNumber(min: number, max: number, expected: string): z.ZodInt {
  return z.int({ error: expected }).min(min, { error: expected }).max(max, { error: expected });
}

/** A duration within limits, written as durations are: `['1s', '24h']`. */
export function durationOf([shortest, longest]: readonly [string, string]): z.ZodString {
  const [min, max] = [parseDuration(shortest), parseDuration(longest)];
  return matching(duration).refine(
    (text) => {
      // What is no duration at all is reported as that alone.
      if (!duration.pattern.test(text)) return true;
      const seconds = parseDuration(text);
      return seconds >= min && seconds <= max;
    },
    { error: `a duration of ${shortest} to ${longest}` },
  );
}
