import type {
  AssembleComponentOutput,
  FinishedComponent,
} from '../../workflows/contract/activities.ts';
import type { Application } from '../../workflows/contract/application.ts';
import type { RecordedBuild } from '../../workflows/contract/record.ts';

/**
 * Workflow executions of this installation, as activities ask for them: what is too large for their
 * payloads. All reject with Temporal's own error when nobody answers.
 */
export interface Executions {
  /** What the build says of itself at this moment: its queries, and when it started. */
  build(buildId: string, runId: string): Promise<BuildAnswers>;
  /** What the build builds. */
  definition(buildId: string, runId: string): Promise<Application>;
  /** Of a component whose containers are all there. */
  finishedComponent(buildId: string, runId: string, component: string): Promise<FinishedComponent>;
  /** Of a build whose components all have theirs. */
  packages(buildId: string, runId: string): Promise<readonly AssembleComponentOutput[]>;
  /**
   * Whether the chain of runs that began with `firstRunId` goes on; `absent`: there is no such
   * workflow (any more).
   */
  state(workflowId: string, firstRunId: string): Promise<'running' | 'closed' | 'absent'>;
}

export type BuildAnswers = Omit<RecordedBuild, 'schemaVersion' | 'finishedAt'>;
