import { WorkflowNotFoundError, type WorkflowExecutionStatusName } from '@temporalio/client';
import {
  defaultFailureConverter,
  defaultPayloadConverter,
  TypedSearchAttributes,
} from '@temporalio/common';
import type { SlipwayClient } from '../../client/connect.ts';
import type {
  DiagnoseInput,
  DiagnosticCheck,
  PresignReadsInput,
  PresignReadsOutput,
  ResolvedSource,
} from '../../workflows/contract/activities.ts';
import type { ComponentResult } from '../../workflows/contract/build.ts';
import {
  diagnoseType,
  type BuildApplicationInput,
  type BuildSummary,
  type ContainerPlan,
  type ContainerProgress,
} from '../../workflows/contract/messages.ts';

/** How a workflow answers; what is a function may also throw. */
export interface ScriptedWorkflow {
  readonly status?: () => WorkflowExecutionStatusName | Promise<WorkflowExecutionStatusName>;
  readonly summary?: () => BuildSummary | Promise<BuildSummary>;
  readonly component?: (name: string) => ComponentResult | Promise<ComponentResult>;
  readonly progress?: () => ContainerProgress | Promise<ContainerProgress>;
  readonly plan?: (component: string) => readonly ContainerPlan[];
  readonly sources?: () => readonly ResolvedSource[];
  readonly result?: () => Promise<unknown>;
  readonly cancel?: () => Promise<void>;
  /** What was kept beside it when it was started. */
  readonly memo?: Readonly<Record<string, unknown>>;
  readonly startTime?: Date;
  /** As Temporal's API has them. */
  readonly pendingActivities?: () => readonly object[];
  /** What it was started with, and the workflow's type. */
  readonly input?: () => BuildApplicationInput;
  readonly type?: string;
  /** Events behind the first one, as Temporal's API has them; each page has one of them. */
  readonly events?: readonly object[];
}

export interface StandInClient extends SlipwayClient {
  /** Every call: `<workflow id> <what> <arguments>`. */
  readonly calls: string[];
}

export interface StandInParts {
  readonly start?: (...args: readonly unknown[]) => Promise<unknown>;
  /** What a worker answers to a question for URLs. */
  readonly presign?: (input: PresignReadsInput) => Promise<PresignReadsOutput>;
  /** What a worker finds that looks at what a build needs. */
  readonly diagnose?: (input: DiagnoseInput) => Promise<readonly DiagnosticCheck[]>;
  /** How many workers poll the task queue. */
  readonly pollers?: (taskQueue: string) => number;
  /** What Temporal's list of workflows brings. */
  readonly listed?: Iterable<object> | AsyncIterable<object>;
}

/** Temporal's data converter as clients have it by default. */
const dataConverter = {
  payloadConverter: defaultPayloadConverter,
  payloadCodecs: [],
  failureConverter: defaultFailureConverter,
};

/**
 * Temporal's client as far as `client/` uses it, for what a real server does not do on demand:
 * which errors come, and when. What Temporal itself does is tested under test/cluster.
 */
export function standInClient(
  workflows: Readonly<Record<string, ScriptedWorkflow>>,
  parts: StandInParts | NonNullable<StandInParts['start']> = {},
): StandInClient {
  const {
    start,
    presign,
    diagnose,
    pollers,
    listed = [],
  }: StandInParts = typeof parts === 'function' ? { start: parts } : parts;
  const calls: string[] = [];
  const missing = (): never => {
    throw new Error('not scripted');
  };
  const scriptOf = (id: string, what: string): ScriptedWorkflow => {
    calls.push(`${id} ${what}`);
    const script = workflows[id];
    if (script === undefined) throw new WorkflowNotFoundError('no workflow', id, undefined);
    return script;
  };

  function getHandle(id: string) {
    const found = (what: string): ScriptedWorkflow => scriptOf(id, what);
    return {
      describe: async () => {
        const { status, pendingActivities, memo, startTime } = found('describe');
        const raw = { pendingActivities: pendingActivities?.() ?? [] };
        const typedSearchAttributes = new TypedSearchAttributes();
        const name = await (status ?? missing)();
        return { workflowId: id, status: { name }, raw, memo, startTime, typedSearchAttributes };
      },
      result: async () => (found('result').result ?? missing)(),
      cancel: async () => (found('cancel').cancel ?? missing)(),
      query: async ({ name }: { readonly name: string }, ...args: readonly string[]) => {
        const script = found(['query', name, ...args].join(' '));
        if (name === 'build') return (script.summary ?? missing)();
        if (name === 'component') return (script.component ?? missing)(args[0] ?? '');
        if (name === 'plan') return (script.plan ?? missing)(args[0] ?? '');
        if (name === 'sources') return (script.sources ?? missing)();
        return (script.progress ?? missing)();
      },
    };
  }

  async function getWorkflowExecutionHistory({ execution, nextPageToken }: HistoryRequest) {
    const script = scriptOf(execution.workflowId, 'history');
    const { input, type = 'buildApplication', events = [] } = script;
    const page = Number(nextPageToken?.[0] ?? 0);
    const payload = defaultPayloadConverter.toPayload((input ?? missing)());
    const workflowExecutionStartedEventAttributes = {
      workflowType: { name: type },
      input: { payloads: [payload] },
    };
    return {
      history: { events: [[{ workflowExecutionStartedEventAttributes }, ...events][page]] },
      nextPageToken: Uint8Array.from(page < events.length ? [page + 1] : []),
    };
  }

  const temporal = {
    options: { namespace: 'default', loadedDataConverter: dataConverter },
    workflow: {
      start: start ?? (() => Promise.resolve()),
      getHandle,
      async execute(type: string, { args: [given] }: { readonly args: [unknown] }) {
        if (type === diagnoseType)
          return { checks: await (diagnose ?? missing)(given as DiagnoseInput) };
        const input = given as PresignReadsInput;
        calls.push(`${type} ${JSON.stringify(input.reads)}`);
        return (presign ?? missing)(input);
      },
      async *list({ query }: { readonly query: string }) {
        calls.push(`list ${query}`);
        yield* listed;
      },
    },
    workflowService: {
      getWorkflowExecutionHistory,
      async describeTaskQueue({ taskQueue }: { readonly taskQueue: { readonly name: string } }) {
        return { pollers: Array.from({ length: (pollers ?? missing)(taskQueue.name) }) };
      },
    },
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
    withAbortSignal: (signal: AbortSignal, call: () => Promise<unknown>) =>
      cancellable(signal, call()),
  };
  return {
    temporal: temporal as unknown as SlipwayClient['temporal'],
    address: 'temporal.example.com:7233',
    namespace: 'default',
    taskQueue: 'slipway',
    close: async () => undefined,
    calls,
  };
}

/** As gRPC ends a call that is cancelled. */
function cancellable<T>(signal: AbortSignal, call: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(grpcError(1, 'Cancelled on client')));
  return Promise.race([call, promise]);
}

interface HistoryRequest {
  readonly execution: { readonly workflowId: string };
  readonly nextPageToken?: Uint8Array;
}

/** An error as gRPC makes it. */
export function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
}
