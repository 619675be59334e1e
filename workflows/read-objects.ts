import type { PresignReadsInput, PresignReadsOutput } from './contract/activities.ts';
import { activities, answerPolicy } from './internal/policies.ts';

/** Hands out short-lived URLs of objects in the store, sealed for the one who asks. */
export function readObjects(input: PresignReadsInput): Promise<PresignReadsOutput> {
  return activities(answerPolicy, `${input.reads.length} reads`).presignReads(input);
}
