import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ComponentResult } from '../../workflows/contract/build.ts';
import {
  componentQuery,
  definitionQuery,
  finishedComponentQuery,
  packagesQuery,
  planQuery,
  sourcesQuery,
  summaryQuery,
  type ContainerPlan,
} from '../../workflows/contract/messages.ts';
import type { RecordedContainer } from '../../workflows/contract/record.ts';
import type { BuildAnswers, Executions } from './executions.ts';

/** Milliseconds for one answer: a worker that was restarted replays first. */
const queryDeadline = 20_000;

/** Executions of the client's namespace. */
export function createTemporalExecutions(temporal: Client): Executions {
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    temporal.withDeadline(Date.now() + queryDeadline, question);
  return {
    async build(buildId, runId): Promise<BuildAnswers> {
      const handle = temporal.workflow.getHandle(buildId, runId);
      const { startTime } = await ask(() => handle.describe());
      const { warnings, mode = 'build', ...summary } = await ask(() => handle.query(summaryQuery));
      const sources = await ask(() => handle.query(sourcesQuery));
      const components: ComponentResult[] = [];
      const containers: RecordedContainer[] = [];
      // One after the other: of queries that come at once, a worker that closes the workflow loses some.
      for (const name of summary.components) {
        components.push(await ask(() => handle.query(componentQuery, name)));
        const plans = await ask(() => handle.query(planQuery, name));
        containers.push(...plans.map(withoutResult));
      }
      return {
        mode,
        result: { ...summary, components },
        sources,
        containers,
        warnings,
        startedAt: startTime.toISOString(),
      };
    },
    definition(buildId, runId) {
      const handle = temporal.workflow.getHandle(buildId, runId);
      return ask(() => handle.query(definitionQuery));
    },
    finishedComponent(buildId, runId, component) {
      const handle = temporal.workflow.getHandle(buildId, runId);
      return ask(() => handle.query(finishedComponentQuery, component));
    },
    packages(buildId, runId) {
      const handle = temporal.workflow.getHandle(buildId, runId);
      return ask(() => handle.query(packagesQuery));
    },
    async state(workflowId, firstRunId) {
      try {
        // The newest run: a reset goes on under the same first run, another build does not.
        const { status, raw } = await ask(() => temporal.workflow.getHandle(workflowId).describe());
        const first = raw.workflowExecutionInfo?.firstRunId;
        const isOther = Boolean(first) && first !== firstRunId;
        return status.name === 'RUNNING' && !isOther ? 'running' : 'closed';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'absent';
        throw error;
      }
    },
  };
}

/** The component's answer has it. */
function withoutResult(plan: ContainerPlan): RecordedContainer {
  const { component, name, commit, rendered, warnings } = plan;
  return { component, name, commit, rendered, warnings };
}
