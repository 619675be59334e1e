import { createLogUpdate } from 'log-update';
import type { BuildSnapshot } from '../../client/get.ts';
import { containerViews, type ContainerView } from './containers.ts';
import { oneLine } from './foreign-text.ts';
import { containerLine, painter, seconds, type Painter } from './format.ts';
import { liveTable } from './live-table.ts';
import { waitingLine } from './waiting.ts';

/** Shows a build while it runs. */
export interface ProgressView {
  show(snapshot: BuildSnapshot): void;
  /** Something to say beside the build; what has been shown stays. */
  note(text: string): void;
  /** Leaves the terminal as it should stay. */
  end(): void;
}

/** A live table on a terminal that says how large it is, a line for each change elsewhere. */
export function progressView(stream: NodeJS.WriteStream, started: number): ProgressView {
  const { isTTY, columns, rows } = stream;
  // `docker run -t` has a terminal of no columns and no rows.
  return isTTY && columns > 0 && rows > 0 ? liveView(stream, started) : lineView(stream, started);
}

/** Failures and lost attempts are told at once, above the table, and stay when it moves on. */
function liveView(stream: NodeJS.WriteStream, started: number): ProgressView {
  const update = createLogUpdate(stream);
  const paint = painter(stream);
  const told = new Set<string>();
  return {
    show(snapshot) {
      for (const note of containerViews(snapshot).flatMap((view) => notesOf(view, paint))) {
        if (told.has(note)) continue;
        told.add(note);
        update.persist(note);
      }
      update(liveTable(snapshot, Date.now() - started, stream, paint));
    },
    note(text) {
      update.done();
      stream.write(`${text}\n`);
    },
    end() {
      update.done();
    },
  };
}

function notesOf(
  { name, status, failure, earlier }: ContainerView,
  paint: Painter,
): readonly string[] {
  const attempts = earlier.map((sentence) => `${paint('yellow', name)} ${sentence}`);
  if (failure === null || status === 'skipped') return attempts;
  const { type, message, hint } = failure;
  const [first = ''] = message.split('\n');
  return [...attempts, `${paint('red', `${name}: ${type}`)} ${oneLine(first)}\n  ${hint}`];
}

function lineView(stream: NodeJS.WriteStream, started: number): ProgressView {
  const paint = painter(stream);
  const last = new Map<string, string>();
  const told = new Set<string>();
  let waited = '';
  const write = (line: string): void => {
    stream.write(`${seconds(Date.now() - started).padStart(9)}${line}\n`);
  };
  return {
    show(snapshot) {
      const waiting = waitingLine(snapshot, Infinity, paint).join('\n');
      if (waiting !== waited && waiting !== '') write(waiting);
      waited = waiting;
      const views = containerViews(snapshot);
      const nameWidth = Math.max(...views.map(({ name }) => name.length));
      for (const view of views) {
        for (const sentence of view.earlier) {
          const line = `  ${view.name.padEnd(nameWidth)}  ${sentence}`;
          if (told.has(line)) continue;
          told.add(line);
          write(line);
        }
        const state = `${view.status} ${view.activity}`;
        if (last.get(view.name) === state || view.status === 'queued') continue;
        last.set(view.name, state);
        write(containerLine(view, nameWidth, 160, paint));
      }
    },
    note(text) {
      stream.write(`${text}\n`);
    },
    end() {},
  };
}
