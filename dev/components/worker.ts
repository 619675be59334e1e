import type { LocalEnvironment } from '../environment.ts';
import type { Component } from '../process/component.ts';

/** How to start a Slipway worker; `up` adds the environment's settings to its variables. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whatever identifies the worker's code: when it changes, `up` starts the worker again. */
  readonly fingerprint: string;
  /** Resolves when the worker does its work; without it a living process is enough. */
  readonly check?: () => Promise<void>;
}

export function worker(command: WorkerCommand, environment: LocalEnvironment): Component {
  return {
    name: 'worker',
    command: command.command,
    args: command.args,
    environment: { ...environment.settings, ...command.environment },
    configuration: [command.fingerprint],
    isOnNode: false,
    // Running activities are told, and get time to report.
    grace: 15_000,
    check: command.check ?? (() => Promise.resolve()),
  };
}
