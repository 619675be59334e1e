import { beforeAll, describe, expect, inject, test } from 'vitest';
import { readBusybox } from '../../../dev/tools/images/busybox.ts';
import type { BuildResult } from '../../../workflows/contract/build.ts';
import { failurePolicies } from '../../../workflows/contract/failures.ts';
import { containerOf, createInstallation } from '../../support/product/installation.ts';
import { environmentTools, pushSmallImage } from '../../support/push-small-image.ts';
import { recordedLogImage, recordingArgument } from '../../support/recorded-log-image.ts';
import { readRecordings } from './recordings.ts';

/**
 * Kaniko without its image: what its runs are known to print, replayed with their exit codes in
 * real Pods that the product makes and watches. Nothing is built.
 */
const recordings = readRecordings();
const environment = inject('environment');
const pushedElsewhere = {
  entries: [{ type: 'file', path: 'answer', content: '42\n' }],
  config: {},
} as const;

/** Another writer put the image there that one more run reports. */
const repository = 'recorded-logs/held';

let result: BuildResult;
let heldDigest: string;

beforeAll(async () => {
  const tools = await environmentTools();
  const { binary } = await readBusybox(tools);
  heldDigest = await pushSmallImage(environment, tools, `${repository}:other`, pushedElsewhere);
  const held = { name: 'held', log: [], exitCode: 0, terminationMessage: heldDigest };
  const replaying = recordedLogImage(binary, [...recordings, held]);
  const digest = await pushSmallImage(environment, tools, 'slipway/recorded-log:1', replaying);

  await using installation = await createInstallation(environment, 'recorded-logs');
  await installation.startWorker({
    SLIPWAY_BUILDER: 'kaniko',
    SLIPWAY_MEMORY_CEILING: '64Mi',
    // What a registry's limit asks for is minutes.
    SLIPWAY_LONGEST_BACK_OFF: '1',
    SLIPWAY_KANIKO_IMAGE: `${environment.registry.host}/slipway/recorded-log@${digest}`,
  });
  const source = await installation.repository();
  await source.commit({ Dockerfile: `FROM busybox\nARG ${recordingArgument}\nRUN true\n` });
  const replay = (name: string) => ({ buildArgs: { [recordingArgument]: name } });
  result = await installation.build({
    name: 'recorded-logs',
    source: source.url,
    maxParallel: 8,
    defaults: { builder: 'kaniko', resources: { memory: '32Mi', cpu: '10m' } },
    containers: {
      ...Object.fromEntries(recordings.map(({ name }) => [`recordings/${name}`, replay(name)])),
      'proof/held': {
        ...replay('held'),
        repository: `${environment.registry.host}/${repository}`,
      },
    },
  });
}, 170_000);

describe.each(recordings)('$name', ({ name, exitCode, takesMemory, log, expected }) => {
  const container = () => containerOf(result, `recordings/${name}`);

  test('is what it is taken for', () => {
    const { status, image, digest, failure } = container();
    expect({ status, image, digest }).toEqual({ status: 'failed', image: null, digest: null });
    expect(failure?.type).toBe(expected.failureType);
    expect(failure?.message).toContain(expected.reason);
    expect(failure?.hint).toBe(failurePolicies[expected.failureType].hint);
  });

  test('is tried as often as its class allows', () => {
    const { attempts } = container();
    expect(attempts.map(({ decision }) => decision)).toEqual(expected.decisions);
    for (const { outcome, failureType, reason } of attempts) {
      expect({ outcome, failureType }).toEqual({
        outcome: 'failed',
        failureType: expected.failureType,
      });
      expect(reason).toContain(expected.reason);
    }
  });

  test('shows the end of its log', () => {
    const shown = container().failure?.log ?? null;
    // Where the Pod itself ended well, there is nothing to look for in its log.
    const endedWell = exitCode === 0 && takesMemory === undefined;
    const lastLine = shown?.trimEnd().split('\n').at(-1);
    expect(lastLine).toBe(endedWell ? undefined : (expected.lastLine ?? log.at(-1)));
  });
});

test('memory comes back twice as large, in words', () => {
  const { attempts } = containerOf(result, 'recordings/run-takes-all-memory');
  expect(attempts.map(({ reason, next }) => [reason, next])).toEqual([
    ['ran out of memory at 32Mi in `RUN npm ci`', 'attempt 1 has 64Mi'],
    ['ran out of memory at 64Mi in `RUN npm ci`', undefined],
  ]);
});

test('a digest that the registry holds is the image', () => {
  const { status, image, attempts } = containerOf(result, 'proof/held');
  expect({ status, image }).toEqual({
    status: 'built',
    image: `${environment.registry.host}/${repository}@${heldDigest}`,
  });
  expect(attempts.map(({ decision }) => decision)).toEqual(['done']);
  const component = result.components.find(({ name }) => name === 'proof');
  expect(component).toMatchObject({ status: 'succeeded', package: expect.anything() });
});

test('the failures of its neighbours fail the build, and no signature of a URL is in it', () => {
  expect(result).toMatchObject({ status: 'failed', package: null });
  expect(JSON.stringify(result)).not.toContain('X-Amz-');
});
