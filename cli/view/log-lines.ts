import type { LogChunk } from '../../client/logs/read-logs.ts';
import { logLine } from './foreign-text.ts';
import type { Painter } from './format.ts';

/** Makes lines for people of the pieces of several containers' logs. */
export interface LogLines {
  /** What to print for a piece: its whole lines, and what was left of another attempt's. */
  push(chunk: Pick<LogChunk, 'component' | 'container' | 'attempt' | 'text'>): string;
  /** What is left: last lines without an end get one. */
  end(): string;
}

const colors = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'red'] as const;

interface Source {
  readonly prefix: string;
  rest: string;
}

/**
 * Lines of different containers never mix: a line is printed when it is whole, with its container's
 * name before it, and its attempt's number after the first.
 *
 * @param names `<component>/<container>` of all that can come, for the column's width; where it is
 *   one alone, its lines have no name
 */
export function logLines(names: readonly string[], paint: Painter): LogLines {
  const isAlone = names.length === 1;
  const width = Math.max(0, ...names.map((name) => name.length));
  const sources = new Map<string, Source>();

  function sourceOf(name: string, attempt: number): Source {
    const key = `${name}#${attempt}`;
    const known = sources.get(key);
    if (known !== undefined) return known;
    const label = attempt === 0 ? name : `${name}#${attempt}`;
    const index = Math.max(0, names.indexOf(name));
    const color = colors[index % colors.length] ?? 'cyan';
    const prefix = isAlone ? '' : `${paint(color, label.padEnd(width))} ${paint('gray', '|')} `;
    const source = { prefix, rest: '' };
    sources.set(key, source);
    return source;
  }

  const leftOver = (source: Source): string => {
    const { prefix, rest } = source;
    source.rest = '';
    return rest === '' ? '' : `${prefix}${logLine(rest, paint)}\n`;
  };

  return {
    push({ component, container, attempt, text }) {
      const name = `${component}/${container}`;
      const before = sources.get(`${name}#${attempt - 1}`);
      const source = sourceOf(name, attempt);
      const lines = (source.rest + text).split('\n');
      source.rest = lines.pop() ?? '';
      const whole = lines.map((line) => `${source.prefix}${logLine(line, paint)}\n`).join('');
      return (before === undefined ? '' : leftOver(before)) + whole;
    },
    end: () => [...sources.values()].map(leftOver).join(''),
  };
}
