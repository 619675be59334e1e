import { styleText } from 'node:util';
import type { BuildStatus, ContainerStatus } from '../../workflows/contract/build.ts';
import { cut } from './columns.ts';
import type { ContainerView } from './containers.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours where the stream shows them; NO_COLOR and FORCE_COLOR are honoured by `styleText`. */
export interface Painter {
  (style: Style, text: string): string;
}

export function painter(stream: NodeJS.WriteStream): Painter {
  return (style, text) => styleText(style, text, { stream });
}

export const styles: Readonly<Record<ContainerStatus | BuildStatus, Style>> = {
  queued: 'gray',
  running: 'cyan',
  parked: 'yellow',
  built: 'green',
  unchanged: 'green',
  existing: 'green',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  skipped: 'gray',
};

/** One line for one container; what it does is cut where the line would exceed `width` columns. */
export function containerLine(
  view: Pick<ContainerView, 'name' | 'status' | 'activity'>,
  nameWidth: number,
  width: number,
  paint: Painter,
): string {
  const name = shortName(view.name, nameWidth).padEnd(nameWidth);
  const room = width - nameWidth - '    '.length;
  const status = cut(view.status, room).padEnd(Math.min('unchanged'.length, room));
  const activity = cut(view.activity, room - status.length - '  '.length);
  return `  ${name}  ${paint(styles[view.status], status)}  ${activity}`.trimEnd();
}

/** The column for the names: what the longest one needs, at most half of the line. */
export function nameColumn(names: readonly string[], width: number): number {
  const longest = Math.max(0, ...names.map((name) => name.length));
  return Math.min(longest, Math.floor(width / 2));
}

/** Without its middle where it is too long: component and container are told apart by their ends. */
function shortName(name: string, width: number): string {
  if (name.length <= width) return name;
  const head = Math.floor((width - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (width - 1 - head))}`;
}

export function seconds(milliseconds: number): string {
  // Rounded first: 59.96 s is a minute, and no minute has 60 s.
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const whole = Math.round(milliseconds / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
