import { styleText } from 'node:util';
import type { BuildStatus, ContainerStatus } from '../../workflows/contract/build.ts';
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
  const status = view.status.padEnd('unchanged'.length);
  const room = Math.max(0, width - nameWidth - status.length - 6);
  return `  ${name}  ${paint(styles[view.status], status)}  ${cut(view.activity, room)}`.trimEnd();
}

/** The column for the names: what the longest one needs, at most half of the line. */
export function nameColumn(names: readonly string[], width: number): number {
  const longest = Math.max(0, ...names.map((name) => name.length));
  return Math.min(longest, Math.max(12, Math.floor(width / 2)));
}

/** Without its middle where it is too long: component and container are told apart by their ends. */
function shortName(name: string, width: number): string {
  if (name.length <= width) return name;
  const head = Math.floor((width - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (width - 1 - head))}`;
}

/** The text, or as much of it as there is room for. */
export function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  return room <= 0 ? '' : `${text.slice(0, room - 1)}…`;
}

export function seconds(milliseconds: number): string {
  // Rounded first: 59.96 s is a minute, and no minute has 60 s.
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const whole = Math.round(milliseconds / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
