import type { ListedBuild } from '../../client/list.ts';
import { seconds, styles, type Painter } from './format.ts';

/**
 * Builds as lines: id, status, start in UTC, how long it took or takes, what started it.
 *
 * @param now milliseconds since the epoch
 */
export function buildTable(builds: readonly ListedBuild[], now: number, paint: Painter): string {
  const width = Math.max(0, ...builds.map(({ buildId }) => buildId.length));
  return builds
    .map((build) => {
      const { buildId, status, startedAt, endedAt } = build;
      const columns = [
        buildId.padEnd(width),
        paint(styles[status], status.padEnd('succeeded'.length)),
        startedAt.toISOString().slice(0, 19).replace('T', ' '),
        seconds((endedAt?.getTime() ?? now) - startedAt.getTime()).padStart(11),
        origin(build),
      ];
      return `${columns.join('  ').trimEnd()}\n`;
    })
    .join('');
}

function origin({ trigger, mode }: ListedBuild): string {
  if (trigger?.kind === 'schedule') return `schedule ${trigger.schedule}`;
  if (trigger?.kind === 'retry') return `retry of ${trigger.of}`;
  return mode === 'plan' ? 'plan' : '';
}
