import { WorkflowNotFoundError, type WorkflowExecutionStatusName } from '@temporalio/client';
import type { SlipwayClient } from '../../client/connect.ts';
import type { ComponentResult } from '../../workflows/contract/build.ts';
import type { BuildSummary, ContainerProgress } from '../../workflows/contract/messages.ts';

/** How a workflow answers; what is a function may also throw. */
export interface ScriptedWorkflow {
  readonly status?: () => WorkflowExecutionStatusName;
  readonly summary?: () => BuildSummary | Promise<BuildSummary>;
  readonly component?: (name: string) => ComponentResult | Promise<ComponentResult>;
  readonly progress?: () => ContainerProgress | Promise<ContainerProgress>;
  readonly result?: () => Promise<unknown>;
  readonly cancel?: () => Promise<void>;
}

export interface StandInClient extends SlipwayClient {
  /** Every call: `<workflow id> <what> <arguments>`. */
  readonly calls: string[];
}

/**
 * Temporal's client as far as `client/` uses it, for what a real server does not do on demand:
 * which errors come, and when. What Temporal itself does is tested under test/cluster.
 */
export function standInClient(
  workflows: Readonly<Record<string, ScriptedWorkflow>>,
  start: (...args: readonly unknown[]) => Promise<unknown> = () => Promise.resolve(),
): StandInClient {
  const calls: string[] = [];
  const missing = (): never => {
    throw new Error('not scripted');
  };

  function getHandle(id: string) {
    const script = workflows[id];
    const found = (what: string): ScriptedWorkflow => {
      calls.push(`${id} ${what}`);
      if (script === undefined) throw new WorkflowNotFoundError('no workflow', id, undefined);
      return script;
    };
    return {
      describe: async () => ({ status: { name: (found('describe').status ?? missing)() } }),
      result: async () => (found('result').result ?? missing)(),
      cancel: async () => (found('cancel').cancel ?? missing)(),
      query: async ({ name }: { readonly name: string }, ...args: readonly string[]) => {
        const { summary, component, progress } = found(['query', name, ...args].join(' '));
        if (name === 'build') return (summary ?? missing)();
        if (name === 'component') return (component ?? missing)(args[0] ?? '');
        return (progress ?? missing)();
      },
    };
  }

  const temporal = {
    workflow: { start, getHandle },
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
  };
  return {
    temporal: temporal as unknown as SlipwayClient['temporal'],
    taskQueue: 'slipway',
    close: async () => undefined,
    calls,
  };
}

/** An error as gRPC makes it. */
export function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
}
