import type { BuildSnapshot } from '../../client/get.ts';
import { oneLine } from './foreign-text.ts';
import { cut, type Painter } from './format.ts';

/** What keeps the build as a whole from going on, its git server for example; none when nothing does. */
export function waitingLine(
  { waitingFor = null }: BuildSnapshot,
  width: number,
  paint: Painter,
): readonly string[] {
  if (waitingFor === null) return [];
  return [
    `  ${paint('yellow', 'waiting:')} ${cut(oneLine(waitingFor), width - '  waiting: '.length)}`,
  ];
}
