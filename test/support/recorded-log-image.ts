import type { SmallImage } from '../../dev/tools/images/busybox.ts';
import type { LayerEntry } from '../../dev/tools/images/layer.ts';

/** A builder's run as it was recorded. */
interface RecordedRun {
  readonly name: string;
  /** Lines, without their newlines. */
  readonly log: readonly string[];
  readonly exitCode: number;
  /** What the run left in its termination message; absent: nothing. */
  readonly terminationMessage?: string | undefined;
  /** After the log, take memory without end: in a child of the process, or in the process itself. */
  readonly takesMemory?: 'child' | 'self' | undefined;
}

/** Which run is replayed: a build argument of this name, found among the container's arguments. */
export const recordingArgument = 'RECORDING';

/**
 * A builder's image that builds nothing: whatever its arguments mean, it prints the log of one
 * recorded run and exits as that did. For what the product makes of a builder's end; it says
 * nothing about the builder itself.
 *
 * @param busybox statically linked
 */
export function recordedLogImage(busybox: Buffer, runs: readonly RecordedRun[]): SmallImage {
  return {
    entries: [
      { type: 'directory', path: 'bin' },
      { type: 'file', path: 'bin/busybox', content: busybox, mode: 0o755 },
      ...['cat', 'dd', 'sh'].map((name): LayerEntry => {
        return { type: 'symlink', path: `bin/${name}`, target: 'busybox' };
      }),
      { type: 'file', path: 'replay', content: replay, mode: 0o755 },
      { type: 'directory', path: 'recordings' },
      ...runs.flatMap(recordingEntries),
    ],
    config: { Entrypoint: ['/replay'], Env: ['PATH=/bin'] },
  };
}

function recordingEntries(run: RecordedRun): readonly LayerEntry[] {
  const directory = `recordings/${run.name}`;
  const file = (name: string, content: string): LayerEntry => {
    return { type: 'file', path: `${directory}/${name}`, content };
  };
  return [
    { type: 'directory', path: directory },
    file('log', run.log.map((line) => `${line}\n`).join('')),
    file('exit-code', String(run.exitCode)),
    file('termination-message', run.terminationMessage ?? ''),
    file('takes-memory', run.takesMemory ?? ''),
  ];
}

/** The same for every recording: what differs is read from files. */
const replay = `#!/bin/sh
for argument; do
  case $argument in
    ${recordingArgument}=*) recording=/recordings/\${argument#*=} ;;
  esac
done
cat "$recording/log" >&2
cat "$recording/termination-message" > /dev/termination-log
case $(cat "$recording/takes-memory") in
  child) dd if=/dev/zero of=/dev/null bs=512M count=1 2> /dev/null ;;
  self) exec dd if=/dev/zero of=/dev/null bs=512M count=1 2> /dev/null ;;
esac
exit "$(cat "$recording/exit-code")"
`;
