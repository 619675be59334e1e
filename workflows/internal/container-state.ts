import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Container } from '../contract/application.ts';
import type {
  Attempt,
  ContainerFailure,
  ContainerPhase,
  ContainerResult,
} from '../contract/build.ts';
import { progressQuery } from '../contract/messages.ts';
import { renderContainerDetails } from './progress.ts';

export function queuedResult(container: Pick<Container, 'name' | 'init'>): ContainerResult {
  return {
    name: container.name,
    init: container.init,
    status: 'queued',
    image: null,
    digest: null,
    tags: [],
    inputDigest: null,
    attempts: [],
    failure: null,
  };
}

/** A container build's state: what the `progress` query and the Temporal UI show of it. */
export class ContainerBuildState {
  result: ContainerResult;
  warnings: readonly string[] = [];
  private phase: ContainerPhase = 'source';
  private generation = 0;
  private pod: string | null = null;

  constructor(container: Container) {
    this.result = { ...queuedResult(container), status: 'running' };
    setHandler(progressQuery, () => ({
      phase: this.phase,
      generation: this.generation,
      pod: this.pod,
      result: this.result,
    }));
    this.show();
  }

  enter(phase: ContainerPhase): void {
    this.phase = phase;
    this.show();
  }

  creatingPod(generation: number): void {
    this.generation = generation;
    this.pod = null;
    this.enter('pod');
  }

  /** The time between two attempts. */
  waiting(): void {
    this.pod = null;
    this.enter('waiting');
  }

  podCreated(pod: string): void {
    this.pod = pod;
    this.show();
  }

  /** The same thing is said once, however many attempts meet it. */
  warned(warnings: readonly string[] = []): void {
    this.warnings = [...new Set([...this.warnings, ...warnings])];
    this.show();
  }

  attempted(attempt: Attempt): void {
    this.change({ attempts: [...this.result.attempts, attempt] });
  }

  change(change: Partial<ContainerResult>): void {
    this.result = { ...this.result, ...change };
    this.show();
  }

  ended(status: ContainerResult['status'], failure: ContainerFailure | null = null): void {
    this.phase = 'done';
    this.pod = null;
    this.change({ status, failure });
  }

  private show(): void {
    setCurrentDetails(renderContainerDetails(this.phase, this.pod, this.result, this.warnings));
  }
}
