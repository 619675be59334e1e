import type { BuildSnapshot } from '../../client/get.ts';
import { containerViews } from './containers.ts';
import { containerLine, type Painter } from './format.ts';
import { waitingLine } from './waiting.ts';

/** Columns that a container's line takes at most. */
const lineWidth = 120;

/** A build that runs: a line for each container, and what keeps the build itself from going on. */
export function statusLines(snapshot: BuildSnapshot, paint: Painter): readonly string[] {
  const views = containerViews(snapshot);
  const nameWidth = Math.max(...views.map(({ name }) => name.length));
  return [
    ...views.flatMap((view) => [
      containerLine(view, nameWidth, lineWidth, paint),
      ...(view.done ? [] : view.earlier.map((sentence) => `      ${sentence}`)),
    ]),
    ...waitingLine(snapshot, Infinity, paint),
  ];
}
