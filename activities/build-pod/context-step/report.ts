import { z } from 'zod';
import type { Verdict } from '../evidence/verdict.ts';
import type { PodFacts } from '../pod-facts.ts';

/** Name of the container that fetches the context. */
export const contextContainer = 'context';

/** What `fetch-context.ts` leaves as its termination message when it fails. */
const Report = z.object({
  type: z.enum(['ContextUnavailable', 'ContextExpired', 'ContextCorrupted', 'DiskFull']),
  message: z.string(),
});

/** Why the step failed, as it reported it; null when it did not. */
export function contextVerdict({ containers }: PodFacts): Verdict | null {
  const { state } = containers.find(({ name }) => name === contextContainer) ?? {};
  if (state?.kind !== 'terminated' || state.exitCode === 0) return null;
  const reported = parseReport(state.message ?? '');
  if (reported !== null) {
    return { failureType: reported.type, reason: reported.message, container: contextContainer };
  }
  // It was killed, or its image is not what it should be: the log's end is all there is.
  const told = state.message?.trim() ?? '';
  return {
    failureType: 'ContextUnavailable',
    reason: `the context was not fetched: ${told === '' ? `exit code ${state.exitCode}` : told}`,
    container: contextContainer,
  };
}

function parseReport(text: string): z.infer<typeof Report> | null {
  try {
    return Report.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
