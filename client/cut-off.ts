import type { WorkflowExecutionStatusName } from '@temporalio/client';
import { assertNever } from '../workflows/contract/assert-never.ts';
import type { BuildStatus, ComponentResult, ContainerStatus } from '../workflows/contract/build.ts';

/** Whether a workflow ended without a word: it could not say what became of its children. */
export function isCutOff(workflow: WorkflowExecutionStatusName): boolean {
  return workflow === 'TERMINATED' || workflow === 'TIMED_OUT';
}

/**
 * A component of a build that has ended, from what the build last said of it. A workflow that is
 * terminated or timed out could say no more; Temporal asks its children to cancel.
 */
export function endedComponent(
  workflow: WorkflowExecutionStatusName,
  component: ComponentResult,
): ComponentResult {
  if (!isCutOff(workflow)) return component;
  return {
    ...component,
    status: endedBuild(component.status),
    containers: component.containers.map((container) => ({
      ...container,
      status: endedContainer(container.status),
    })),
  };
}

function endedBuild(status: BuildStatus): BuildStatus {
  const isEnded = status === 'succeeded' || status === 'failed' || status === 'cancelled';
  return isEnded ? status : 'cancelled';
}

function endedContainer(status: ContainerStatus): ContainerStatus {
  switch (status) {
    case 'queued':
      return 'skipped';
    case 'running':
    case 'parked':
      return 'cancelled';
    case 'built':
    case 'unchanged':
    case 'existing':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return status;
    default:
      return assertNever(status);
  }
}
