import type { BuildSnapshot } from '../../client/get.ts';
import { cut } from './columns.ts';
import { oneLine } from './foreign-text.ts';
import type { Painter } from './format.ts';

/** What keeps the build as a whole from going on, its git server for example; none when nothing does. */
export function waitingLine(
  { waitingFor = null }: BuildSnapshot,
  width: number,
  paint: Painter,
): readonly string[] {
  if (waitingFor === null) return [];
  const text = cut(`waiting: ${oneLine(waitingFor)}`, width - '  '.length);
  return [`  ${paint('yellow', text)}`];
}
