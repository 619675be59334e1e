import type { BuildSnapshot } from '../../client/get.ts';
import type { BuildResult } from '../../workflows/contract/build.ts';
import type { ProgressView } from './progress-view.ts';

/**
 * A build as newline-delimited JSON, for programs: `container` when something about one changes,
 * `waiting` when what the build as a whole waits for does, `warning` once for each, and `ended` with
 * the result, which is what `--json` prints.
 *
 * @param notes where people read what is said beside the build
 */
export function jsonStreamView(
  stream: NodeJS.WritableStream,
  notes: NodeJS.WritableStream,
  now: () => Date,
): ProgressView {
  const last = new Map<string, string>();
  const warned = new Set<string>();
  let waited: string | null = null;

  function write(event: Readonly<Record<string, unknown>>): void {
    stream.write(`${JSON.stringify({ time: now().toISOString(), ...event })}\n`);
  }

  return {
    show(snapshot) {
      for (const change of containerChanges(snapshot)) {
        const state = JSON.stringify(change);
        const key = `${change.component}/${change.container}`;
        if (last.get(key) === state) continue;
        last.set(key, state);
        write({ event: 'container', ...change });
      }
      const { waitingFor = null } = snapshot;
      if (waitingFor !== waited) write({ event: 'waiting', waitingFor });
      waited = waitingFor;
      for (const warning of snapshot.warnings) {
        if (warned.has(warning)) continue;
        warned.add(warning);
        write({ event: 'warning', warning });
      }
      if (snapshot.closed) write({ event: 'ended', result: resultOf(snapshot) });
    },
    note(text) {
      notes.write(`${text}\n`);
    },
    end() {},
  };
}

function containerChanges({ result, running }: BuildSnapshot) {
  return result.components.flatMap((component) =>
    component.containers.map((container) => {
      const progress = running.get(`${component.name}/${container.name}`);
      return {
        component: component.name,
        container: container.name,
        status: container.status,
        phase: progress?.phase ?? null,
        pod: progress?.pod ?? null,
        waitingFor: progress?.waitingFor ?? null,
        attempts: container.attempts.length,
        lastAttempt: container.attempts.at(-1) ?? null,
        why: container.why ?? null,
        image: container.image,
        failure: container.failure,
      };
    }),
  );
}

/** The result as it is printed: with what the build as a whole failed of. */
export function resultOf({ result, failure }: BuildSnapshot): BuildResult {
  return failure === null ? result : { ...result, failure };
}
