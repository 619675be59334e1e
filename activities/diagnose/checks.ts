import { ApplicationFailure } from '@temporalio/common';
import type { DiagnosticCheck } from '../../workflows/contract/activities.ts';
import { failurePolicies, isFailureType } from '../../workflows/contract/failures.ts';

/** What a probe found when nothing failed; a string is the detail of a check that is all right. */
export type Finding = string | Pick<DiagnosticCheck, 'status' | 'detail' | 'remedy'>;

/** Runs one probe; whatever it throws becomes a failed check with the failure's own hint. */
export async function check(name: string, probe: () => Promise<Finding>): Promise<DiagnosticCheck> {
  try {
    const found = await probe();
    return typeof found === 'string'
      ? { name, status: 'ok', detail: found, remedy: null }
      : { name, ...found };
  } catch (error) {
    return { name, status: 'failed', detail: messageOf(error), remedy: remedyOf(error) };
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const type = error instanceof ApplicationFailure ? error.type : null;
  return isFailureType(type) ? `${type}: ${message}` : message;
}

function remedyOf(error: unknown): string {
  const type = error instanceof ApplicationFailure ? error.type : null;
  return isFailureType(type)
    ? failurePolicies[type].hint
    : 'Look at the worker’s log for the whole error.';
}
