import type { BuildSnapshot } from '../../client/get.ts';
import { cut } from './columns.ts';
import { containerViews, type ContainerView } from './containers.ts';
import { containerLine, nameColumn, seconds, type Painter } from './format.ts';
import { waitingLine } from './waiting.ts';

/**
 * A build as lines that all fit a terminal: as many containers as it has rows for, running and
 * failed ones before the others, the counts, and what the build itself waits for.
 *
 * @param elapsed milliseconds since the build was started
 */
export function liveTable(
  snapshot: BuildSnapshot,
  elapsed: number,
  { columns, rows }: Pick<NodeJS.WriteStream, 'columns' | 'rows'>,
  paint: Painter,
): string {
  const views = containerViews(snapshot);
  // The cursor stands in the last row.
  const most = Math.max(1, rows - 1);
  const footer = [
    cut(`  ${counts(views)}, ${seconds(elapsed)}`, columns),
    ...waitingLine(snapshot, columns, paint),
  ].slice(0, most);
  const shown = whatFits(views, most - footer.length);
  const rest = views.length - shown.length;
  const names = nameColumn(
    shown.map(({ name }) => name),
    columns,
  );
  return [
    ...shown.map((view) => containerLine(withLogLine(view), names, columns, paint)),
    ...(rest > 0 && most > footer.length ? [cut(`  … and ${rest} more`, columns)] : []),
    ...footer,
  ].join('\n');
}

/** All of them, or so many that there is a line left which counts the others. */
function whatFits(views: readonly ContainerView[], lines: number): readonly ContainerView[] {
  if (views.length <= lines) return views;
  return views.toSorted(byUrgency).slice(0, Math.max(0, lines - 1));
}

function withLogLine(view: ContainerView): ContainerView {
  const { activity, lastLogLine } = view;
  return lastLogLine === null ? view : { ...view, activity: `${activity}  ${lastLogLine}` };
}

/** `3 of 7 done, 1 failed, 2 running` */
function counts(views: readonly ContainerView[]): string {
  const count = (which: (view: ContainerView) => boolean) => views.filter(which).length;
  const failed = count((view) => view.failed);
  const running = count(({ status }) => status === 'running');
  return [
    `${count((view) => view.done)} of ${views.length} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(running > 0 ? [`${running} running`] : []),
  ].join(', ');
}

function byUrgency(a: ContainerView, b: ContainerView): number {
  return urgency(a) - urgency(b);
}

function urgency({ failed, status, done }: ContainerView): number {
  if (failed) return 0;
  if (status === 'running') return 1;
  return done ? 3 : 2;
}
