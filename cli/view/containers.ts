import type { BuildSnapshot } from '../../client/get.ts';
import type { ContainerResult, ContainerStatus } from '../../workflows/contract/build.ts';
import type { ContainerProgress } from '../../workflows/contract/messages.ts';

/** One container as the views show it. */
export interface ContainerView {
  readonly name: string;
  readonly status: ContainerStatus;
  /** What a running container does at the moment, or what a finished one came to. */
  readonly activity: string;
  readonly failed: boolean;
  readonly done: boolean;
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
        failed: status === 'failed' || status === 'cancelled',
        done: status !== 'queued' && status !== 'running' && status !== 'parked',
      };
    }),
  );
}

function activityOf(container: ContainerResult, progress: ContainerProgress | undefined): string {
  if (container.failure !== null) return container.failure.type;
  if (container.digest !== null) return shortDigest(container.digest);
  if (progress === undefined) return '';
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
    case 'done':
      return '';
  }
}

function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
