import { EventEmitter } from 'node:events';
import { RetryState } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { ServiceUnreachable } from '../../client/errors.ts';
import type { BuildSnapshot } from '../../client/get.ts';
import { exitCode } from '../../cli/exit.ts';
import { follow, followedCode } from '../../cli/follow.ts';
import type { BuildSummary } from '../../workflows/contract/messages.ts';
import { grpcError, standInClient, type ScriptedWorkflow } from '../client/stand-in.ts';

const id = 'shop/k1';
const summary: BuildSummary = {
  buildId: id,
  application: 'shop',
  version: null,
  status: 'running',
  components: [],
  package: null,
  warnings: [],
};

/** A followed build, with what its person sees and does. */
function following(options: { readonly patience?: number; readonly script?: ScriptedWorkflow }) {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  let status: BuildSummary['status'] = 'running';
  let cancels = 0;
  const script: ScriptedWorkflow = {
    status: () => (status === 'running' ? 'RUNNING' : 'COMPLETED'),
    summary: () => ({ ...summary, status }),
    result: () => promise,
    cancel: async () => {
      cancels += 1;
      status = 'cancelled';
      reject(new WorkflowFailedError('cancelled', undefined, RetryState.NON_RETRYABLE_FAILURE));
    },
    ...options.script,
  };
  const person = new EventEmitter();
  const notes: string[] = [];
  const statuses: string[] = [];
  const shown = Promise.withResolvers<void>();
  let ended = 0;
  const view = {
    show: ({ result }: BuildSnapshot) => {
      statuses.push(result.status);
      shown.resolve();
    },
    note: (text: string) => void notes.push(text),
    end: () => void (ended += 1),
  };
  const patience = options.patience ?? 3_600_000;
  let time = 0;
  const followed = follow(standInClient({ [id]: script }), id, {
    view,
    interrupts: person,
    patience,
    now: () => time,
  });
  return {
    followed,
    notes,
    statuses,
    firstShown: shown.promise,
    /** Ctrl-C, as every process of the command gets it: from the terminal, and passed on. */
    interrupt: () => {
      time += 1_000;
      for (let copies = 0; copies < 3; copies += 1) {
        person.emit('SIGINT');
        time += 50;
      }
    },
    succeed: () => {
      status = 'succeeded';
      resolve(null);
    },
    cancels: () => cancels,
    listeners: () => person.listenerCount('SIGINT'),
    ends: () => ended,
  };
}

describe('a followed build', () => {
  test('that succeeds ends with 0', async () => {
    const build = following({});
    build.succeed();
    const followed = await build.followed;
    expect(followed.snapshot?.result.status).toBe('succeeded');
    expect(followedCode(followed)).toBe(exitCode.succeeded);
    expect(build.notes).toEqual([]);
    expect([build.listeners(), build.ends()]).toEqual([0, 1]);
  });

  test('is left alone by one interrupt, which says how to come back and how to cancel', async () => {
    const build = following({ patience: 1 });
    await build.firstShown;
    build.interrupt();
    const followed = await build.followed;
    expect(followed).toEqual({ snapshot: null, interrupted: true });
    expect(followedCode(followed)).toBe(exitCode.interrupted);
    expect(build.cancels()).toBe(0);
    const [note = ''] = build.notes;
    for (const words of ['The build goes on', `slipway status ${id}`, `slipway cancel ${id}`]) {
      expect(note).toContain(words);
    }
    expect([build.listeners(), build.ends()]).toEqual([0, 1]);
  });

  test('is cancelled by a second one, once, and waited for', async () => {
    const build = following({});
    await build.firstShown;
    for (let times = 0; times < 3; times += 1) build.interrupt();
    const followed = await build.followed;
    expect(followed.snapshot?.result.status).toBe('cancelled');
    expect(followedCode(followed)).toBe(exitCode.interrupted);
    expect(build.cancels()).toBe(1);
    expect(build.notes.at(-1)).toBe('Cancelling the build …');
  });

  test('that ends while the person makes up their mind is shown with its end', async () => {
    const build = following({});
    await build.firstShown;
    build.interrupt();
    build.succeed();
    expect((await build.followed).snapshot?.result.status).toBe('succeeded');
    expect(build.statuses.at(-1)).toBe('succeeded');
  });

  test('goes on when Temporal goes away, and the person is told', async () => {
    const away = grpcError(14, 'away');
    const build = following({
      script: {
        summary: () => {
          throw away;
        },
      },
    });
    await expect(build.followed).rejects.toBeInstanceOf(ServiceUnreachable);
    expect(build.notes).toEqual([expect.stringContaining('The build goes on.')]);
  });
});
