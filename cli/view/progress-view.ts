import { createLogUpdate } from 'log-update';
import type { BuildSnapshot } from '../../client/get.ts';
import { containerViews, type ContainerView } from './containers.ts';
import { containerLine, painter, seconds } from './format.ts';

/** Shows a build while it runs. */
export interface ProgressView {
  show(snapshot: BuildSnapshot): void;
  /** Leaves the terminal as it should stay. */
  end(): void;
}

/** A live table on a terminal, a line for each change elsewhere. */
export function progressView(stream: NodeJS.WriteStream, started: number): ProgressView {
  return stream.isTTY ? liveView(stream, started) : lineView(stream, started);
}

function liveView(stream: NodeJS.WriteStream, started: number): ProgressView {
  const update = createLogUpdate(stream);
  return {
    show(snapshot) {
      update(liveTable(snapshot, Date.now() - started, stream));
    },
    end() {
      update.done();
    },
  };
}

/** As many containers as the terminal has rows for: running and failed ones before the others. */
function liveTable(snapshot: BuildSnapshot, elapsed: number, stream: NodeJS.WriteStream): string {
  const paint = painter(stream);
  const views = containerViews(snapshot);
  const room = Math.max(3, stream.rows - 4);
  const shown = views.length <= room ? views : views.toSorted(byUrgency).slice(0, room);
  const nameWidth = Math.max(...shown.map(({ name }) => name.length));
  const done = views.filter((view) => view.done).length;
  return [
    ...shown.map((view) => containerLine(view, nameWidth, stream.columns, paint)),
    ...(views.length > shown.length ? [`  … and ${views.length - shown.length} more`] : []),
    `  ${done} of ${views.length} done, ${seconds(elapsed)}`,
  ].join('\n');
}

function byUrgency(a: ContainerView, b: ContainerView): number {
  return urgency(a) - urgency(b);
}

function urgency({ failed, status, done }: ContainerView): number {
  if (failed) return 0;
  if (status === 'running') return 1;
  return done ? 3 : 2;
}

function lineView(stream: NodeJS.WriteStream, started: number): ProgressView {
  const paint = painter(stream);
  const last = new Map<string, string>();
  return {
    show(snapshot) {
      const views = containerViews(snapshot);
      const nameWidth = Math.max(...views.map(({ name }) => name.length));
      for (const view of views) {
        const state = `${view.status} ${view.activity}`;
        if (last.get(view.name) === state || view.status === 'queued') continue;
        last.set(view.name, state);
        const time = seconds(Date.now() - started).padStart(9);
        stream.write(`${time}${containerLine(view, nameWidth, 160, paint)}\n`);
      }
    },
    end() {},
  };
}
