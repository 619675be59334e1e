import type { BuildSnapshot } from '../../client/get.ts';
import type { RunningContainer } from '../../client/running.ts';
import type {
  ContainerFailure,
  ContainerResult,
  ContainerStatus,
} from '../../workflows/contract/build.ts';
import { earlierAttempts } from './failures.ts';
import { oneLine, withoutReturns } from './foreign-text.ts';
import { shortWhy } from './why.ts';

/** One container as the views show it. */
export interface ContainerView {
  readonly name: string;
  readonly status: ContainerStatus;
  /** What a running container does at the moment, or what a finished one came to. */
  readonly activity: string;
  /** The last line of a running builder's log: it changes too often to be told each time. */
  readonly lastLogLine: string | null;
  readonly failed: boolean;
  readonly done: boolean;
  readonly failure: ContainerFailure | null;
  /** What its attempts met that were tried again, a sentence for each. */
  readonly earlier: readonly string[];
}

export function containerViews({ result, running }: BuildSnapshot): readonly ContainerView[] {
  return result.components.flatMap((component) =>
    component.containers.map((container) => {
      const name = `${component.name}/${container.name}`;
      const { status } = container;
      return {
        name,
        status,
        activity: activityOf(container, running.get(name)),
        lastLogLine: logLineOf(running.get(name)),
        failed: status === 'failed' || status === 'cancelled',
        done: status !== 'queued' && status !== 'running' && status !== 'parked',
        failure: container.failure,
        earlier: earlierAttempts(container.attempts),
      };
    }),
  );
}

function logLineOf(progress: RunningContainer | undefined): string | null {
  const line = progress?.lastLogLine ?? null;
  return line === null ? null : oneLine(withoutReturns(line));
}

function activityOf(container: ContainerResult, progress: RunningContainer | undefined): string {
  if (container.failure !== null) return container.failure.type;
  if (container.digest !== null) {
    const why = shortWhy(container.why);
    return `${shortDigest(container.digest)}${why === '' ? '' : `  ${why}`}`;
  }
  if (progress === undefined) return '';
  const step = stepOf(progress);
  const { waitingFor = null } = progress;
  return waitingFor === null ? step : `${step}  ${oneLine(waitingFor)}`;
}

function stepOf(progress: RunningContainer): string {
  const retried = progress.generation > 0 ? `, attempt ${progress.generation}` : '';
  switch (progress.phase) {
    case 'source':
      return 'fetching source';
    case 'render':
      return 'rendering Dockerfile';
    case 'pod':
      return `${progress.pod ?? 'creating Pod'}${retried}`;
    case 'verify':
      return 'proving image';
    case 'cleanup':
      return 'deleting Pod';
    case 'waiting':
      return `waiting for its next attempt${retried}`;
    case 'done':
      return '';
  }
}

function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
