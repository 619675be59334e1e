import { cancelBuild } from '../client/cancel.ts';
import type { SlipwayClient } from '../client/connect.ts';
import type { BuildSnapshot } from '../client/get.ts';
import { watchBuild } from '../client/watch.ts';
import type { LocalEnvironment } from '../dev/environment.ts';
import { exitCode, type ExitCode } from './exit.ts';
import { onInterrupts, type Interrupts } from './interrupts.ts';
import type { ProgressView } from './view/progress-view.ts';

export interface FollowOptions {
  readonly view: ProgressView;
  readonly interrupts?: Interrupts;
  /** Milliseconds in which a second interrupt means: cancel. */
  readonly patience?: number;
  /** Milliseconds of a clock. */
  readonly now?: () => number;
}

export interface Followed {
  /** The build's end; null when the person left before it. */
  readonly snapshot: BuildSnapshot | null;
  readonly interrupted: boolean;
}

/**
 * Shows the build until it ends. The first Ctrl-C says how to come back and how to cancel, and
 * leaves the build alone after `patience`; a second one before that cancels the build and waits
 * for its end.
 *
 * @throws what `watchBuild` throws, after saying that the build goes on
 */
export async function follow(
  client: SlipwayClient,
  id: string,
  { view, interrupts = process, patience = 3_000, now }: FollowOptions,
): Promise<Followed> {
  const leaving = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let cancelling = false;

  const onInterrupt = () => {
    if (timer === null) {
      view.note(waysBack(id, patience));
      timer = setTimeout(() => leaving.abort(new Left()), patience);
    } else if (!cancelling) {
      cancelling = true;
      clearTimeout(timer);
      view.note('Cancelling the build …');
      cancelBuild(client, id).catch((error: unknown) => leaving.abort(error));
    }
  };
  const ignoreInterrupts = onInterrupts(interrupts, onInterrupt, now);
  try {
    const left = new Promise<never>((_, reject) => {
      leaving.signal.addEventListener('abort', () => reject(leaving.signal.reason as Error));
    });
    const ended = showAll(
      client,
      id,
      (snapshot) => {
        // The ways back stay the last thing that is said, unless the build has ended.
        if (timer === null || cancelling || snapshot.closed) view.show(snapshot);
      },
      leaving.signal,
    );
    const snapshot = await Promise.race([ended, left]);
    return { snapshot, interrupted: timer !== null };
  } catch (error) {
    if (error instanceof Left) return { snapshot: null, interrupted: true };
    view.note(`\nThe build goes on.\n${commands(id)}`);
    throw error;
  } finally {
    ignoreInterrupts();
    if (timer !== null) clearTimeout(timer);
    view.end();
  }
}

async function showAll(
  client: SlipwayClient,
  id: string,
  show: (snapshot: BuildSnapshot) => void,
  signal: AbortSignal,
): Promise<BuildSnapshot> {
  let last: BuildSnapshot | null = null;
  for await (const snapshot of watchBuild(client, id, { signal })) {
    show(snapshot);
    last = snapshot;
  }
  if (last === null) throw new TypeError('a watched build has at least one snapshot');
  return last;
}

/** What a command that followed a build ends with. */
export function followedCode({ snapshot, interrupted }: Followed): ExitCode {
  if (interrupted) return exitCode.interrupted;
  return snapshot?.result.status === 'succeeded' ? exitCode.succeeded : exitCode.failed;
}

/** The build's id, and in the local environment where to see it; the first thing that a person is told. */
export function heading(id: string, local: Pick<LocalEnvironment, 'temporal'> | null): string {
  if (local === null) return `Build ${id}`;
  const { ui, namespace } = local.temporal;
  return `Build ${id}\nTemporal UI ${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(id)}`;
}

function waysBack(id: string, patience: number): string {
  return `
The build goes on without this terminal.
${commands(id)}
Press Ctrl-C again within ${patience / 1000} s to cancel it.`;
}

function commands(id: string): string {
  return [
    `  slipway status ${id}     shows it`,
    `  slipway logs -f ${id}    follows its logs`,
    `  slipway cancel ${id}     ends it`,
  ].join('\n');
}

class Left extends Error {}
