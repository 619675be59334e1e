import { z } from 'zod';

import { expectOk } from '../cluster/request.ts';
import type { LocalEnvironment } from '../environment.ts';
import { instancePaths } from '../instance/paths.ts';
import type { Component } from '../process/component.ts';
import { readRecord } from '../process/records.ts';

/** How to start a Slipway worker; `up` adds the environment's settings to its variables. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whatever identifies the worker's code: when it changes, `up` starts the worker again. */
  readonly fingerprint: string;
  /** The workflow task queue that `up` sees it poll; without it a living process is enough. */
  readonly taskQueue?: string;
}

const Pollers = z.object({
  pollers: z.array(z.object({ identity: z.string().optional() })).optional(),
});

const workerName = 'worker';

export function worker(command: WorkerCommand, environment: LocalEnvironment): Component {
  return {
    name: workerName,
    command: command.command,
    args: command.args,
    environment: { ...environment.settings, ...command.environment },
    configuration: [command.fingerprint],
    isOnNode: false,
    // Running activities are told, and get time to report.
    grace: 15_000,
    async check() {
      if (command.taskQueue === undefined) return;
      const { ui, namespace } = environment.temporal;
      const queue = encodeURIComponent(command.taskQueue);
      const answer = await expectOk(
        `${ui}/api/v1/namespaces/${namespace}/task-queues/${queue}?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW`,
      );
      const { processes } = instancePaths(environment.home);
      const pid = (await readRecord(processes, workerName))?.identity.pid;
      // Temporal names pollers for minutes after their end; an SDK's identity starts with the pid.
      const { pollers = [] } = Pollers.parse(JSON.parse(answer.body));
      if (!pollers.some(({ identity }) => identity?.startsWith(`${pid}@`) === true))
        throw new Error(`The worker doesn't poll the task queue ${command.taskQueue} yet.`);
    },
  };
}
