import type { RecordedBuild } from '../../workflows/contract/record.ts';

/** Workflow executions of this installation, as activities ask for them. */
export interface Executions {
  /**
   * What the build says of itself at this moment: its queries, and when it started. Rejects with
   * Temporal's own error when nobody answers.
   */
  build(buildId: string, runId: string): Promise<BuildAnswers>;
  /**
   * Whether the chain of runs that began with `firstRunId` goes on; `absent`: there is no such
   * workflow (any more). Rejects with Temporal's own error when it cannot be told.
   */
  state(workflowId: string, firstRunId: string): Promise<'running' | 'closed' | 'absent'>;
}

export type BuildAnswers = Omit<RecordedBuild, 'schemaVersion' | 'finishedAt'>;
