import { afterEach, expect, test, vi } from 'vitest';
import { report } from '../../../cli/commands/build.ts';
import { diagnosisText } from '../../../cli/commands/doctor.ts';
import { reportError, UsageError } from '../../../cli/exit.ts';
import { checksText } from '../../../cli/view/checks.ts';
import { containerViews } from '../../../cli/view/containers.ts';
import type { Painter } from '../../../cli/view/format.ts';
import { planText } from '../../../cli/view/plan.ts';
import { progressView } from '../../../cli/view/progress-view.ts';
import { schedulesText } from '../../../cli/view/schedules.ts';
import { summary } from '../../../cli/view/summary.ts';
import type { BuildSnapshot } from '../../../client/get.ts';
import type { ContainerPlan } from '../../../workflows/contract/messages.ts';
import {
  attemptOf,
  builtResult,
  containerResult,
  digest,
  failureResult,
  snapshotOf,
} from '../../support/results.ts';
import { textStream } from '../../support/text-stream.ts';

afterEach(() => void vi.restoreAllMocks());

const plain: Painter = (_style, text) => text;

/** As a builder, a registry or a git server may say it. */
const said = 'it said\u001B[2J\u001B]0;a title\u0007 no\u009B1A';

const why = {
  verdict: 'build',
  changes: [{ what: 'arguments', name: said, from: said, to: null }],
} as const;
const attempts = [attemptOf({ reason: said, next: said }), attemptOf({ decision: 'fail' })];
const failed = containerResult({
  name: 'broken',
  status: 'failed',
  attempts,
  failure: failureResult('BuildCommandFailed', { message: said, log: said }),
});
const running = containerResult({ name: 'live', status: 'running', attempts });
const live = {
  phase: 'pod',
  generation: 2,
  pod: 'bld-2',
  result: running,
  waitingFor: said,
  lastLogLine: said,
} as const;
const snapshot: BuildSnapshot = {
  ...snapshotOf([builtResult('server', { why, attempts }), failed, running], {
    running: new Map([['api/live', live]]),
    warnings: [said],
    waitingFor: said,
  }),
};

const plan: ContainerPlan = {
  component: 'api',
  name: 'server',
  result: containerResult({ status: 'skipped', why }),
  commit: null,
  rendered: {
    context: { object: 'contexts/x.tar.gz', digest, size: 1 },
    dockerfile: { object: 'dockerfiles/x', digest },
    bases: [{ name: said, digest }],
    builder: { name: 'buildah', image: `registry.test/buildah@${digest}` },
    inputDigest: digest,
  },
  warnings: [said],
};

/** What a function writes to both of the process's streams. */
function written(write: () => void): string {
  const texts: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => texts.push(String(text)) > 0);
  write();
  vi.restoreAllMocks();
  return texts.join('');
}

test.each<[string, () => string]>([
  ['the summary', () => summary(snapshot.result, null, plain)],
  ['what a build came to', () => written(() => report(snapshot, false))],
  [
    'a line for each change',
    () => {
      const { stream, text } = textStream();
      progressView(stream, 0).show(snapshot);
      return text();
    },
  ],
  ['a container', () => JSON.stringify(containerViews(snapshot)[2])],
  [
    'a plan',
    () =>
      planText(
        {
          application: 'shop',
          containers: [plan],
          failure: null,
          dockerfiles: new Map([['api/server', `RUN ${said}\n`]]),
        },
        plain,
      ),
  ],
  ['checks', () => checksText([{ name: 'registry', status: 'failed', detail: said }], plain)],
  [
    'a diagnosis',
    () => diagnosisText([{ name: 'git', status: 'failed', detail: said, remedy: null }], plain),
  ],
  [
    'a schedule',
    () => {
      const schedule = { application: 'shop', name: 'nightly', next: [], last: [] };
      return schedulesText(
        [{ ...schedule, paused: true, note: said, skipped: 0, missed: 0 }],
        plain,
      );
    },
  ],
  ['an error', () => written(() => reportError(new UsageError(said, { cause: new Error(said) })))],
  ['a fault', () => written(() => reportError(new Error(said)))],
])('%s quotes text without what it would do to a terminal', (_what, view) => {
  const text = view();
  expect(text).toMatch(/it said\s+no/);
  expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
});
