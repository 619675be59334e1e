import { setImmediate } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { describeEnvironment } from '../../dev/describe-environment.ts';
import type { Component } from '../../dev/process/component.ts';
import type { Supervision } from '../../dev/process/start.ts';
import { readRecords } from '../../dev/process/records.ts';
import { stopProcess } from '../../dev/process/stop.ts';
import {
  allOrFirstFailure,
  servedImages,
  startAndCollect,
  unlessDone,
} from '../../dev/start-services.ts';
import { devSetting } from '../support/dev-setting.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { recordingReporter } from './tools/support.ts';

describe('unlessDone', () => {
  type Step = readonly [key: string, outcome: 'kept' | 'started' | 'restarted'];
  test.each<[string, readonly Step[], number]>([
    ['does its work the first time', [['a', 'kept']], 1],
    [
      'does it once for a component that is kept',
      [
        ['a', 'started'],
        ['a', 'kept'],
      ],
      1,
    ],
    [
      'does it again after a start',
      [
        ['a', 'started'],
        ['a', 'restarted'],
      ],
      2,
    ],
    [
      'does it again for another key',
      [
        ['a', 'started'],
        ['b', 'kept'],
      ],
      2,
    ],
    [
      'does it again for a former key',
      [
        ['a', 'kept'],
        ['b', 'kept'],
        ['a', 'kept'],
      ],
      3,
    ],
  ])('%s', async (_, steps, expected) => {
    const setting = devSetting(await temporaryDirectory());
    let done = 0;
    for (const [key, outcome] of steps)
      await unlessDone(setting, 'images', key, outcome, async () => void (done += 1));
    expect(done).toBe(expected);
  });

  test('forgets work that failed', async () => {
    const setting = devSetting(await temporaryDirectory());
    const failing = unlessDone(setting, 'images', 'a', 'kept', () =>
      Promise.reject(new Error('full')),
    );
    await expect(failing).rejects.toThrow('full');
    let done = false;
    await unlessDone(setting, 'images', 'a', 'kept', async () => void (done = true));
    expect(done).toBe(true);
  });
});

describe('allOrFirstFailure', () => {
  test('waits for all, then tells the first failure', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let settled = false;
    const first = allOrFirstFailure([
      promise.then(() => Promise.reject(new Error('later'))),
      Promise.reject(new Error('first')),
    ]).then(
      () => undefined,
      (error: unknown) => {
        settled = true;
        return error;
      },
    );
    // Everything that is due has run before an immediate.
    await setImmediate();
    expect(settled).toBe(false);
    resolve();
    expect(await first).toEqual(new Error('first'));
  });

  test('passes where all went well', async () => {
    await expect(allOrFirstFailure([Promise.resolve(1), Promise.resolve()])).resolves.toBe(
      undefined,
    );
  });
});

test('what is waited for is noted until it is ready, and collected in that order', async () => {
  const directory = await temporaryDirectory();
  const supervision: Supervision = {
    logs: directory,
    records: directory,
    workingDirectory: directory,
    environment: {},
    enterNode: [],
    adopt: () => Promise.resolve(),
  };
  const gates = { slow: Promise.withResolvers<void>(), quick: Promise.withResolvers<void>() };
  const component = (name: 'slow' | 'quick'): Component => ({
    name,
    command: process.execPath,
    args: ['-e', 'setInterval(() => 0, 1000)'],
    environment: {},
    configuration: [],
    isOnNode: false,
    grace: 0,
    check: () => gates[name].promise,
  });
  const notes: string[] = [];
  const { ensure, started } = startAndCollect(supervision, (text) => void notes.push(text));
  const [slow, quick] = [ensure(component('slow')), ensure(component('quick'))];
  gates.quick.resolve();
  expect(await quick).toBe('started');
  gates.slow.resolve();
  await slow;
  for (const { identity } of await readRecords(directory)) await stopProcess(identity, 0);
  expect(started.map(({ name }) => name)).toEqual(['quick', 'slow']);
  expect(notes).toEqual(['waiting for slow', 'waiting for slow, quick', 'waiting for slow']);
});

test('images are pushed with the login and the authority of their environment', async () => {
  const setting = devSetting('/h');
  const environment = describeEnvironment(setting, [], [], {});
  const image = { name: 'library/debian:12', tags: [], layout: '/l', digest: 'sha256:1' };
  const pushed: unknown[] = [];
  const { pushImages, imagesKey } = servedImages({
    supplies: { pushImages: async (options) => void pushed.push(options) },
    tools: setting.tools,
    images: [image],
    environment,
    reporter: recordingReporter(),
  });
  await pushImages();
  expect(pushed).toEqual([
    expect.objectContaining({
      images: [image],
      registryHost: '10.70.1.1:5000',
      credentialsFile: '/h/credentials/registry-auth.json',
      caFile: '/h/ca.pem',
    }),
  ]);
  expect(imagesKey).toBe('10.70.1.1:5000\nlibrary/debian:12@sha256:1');
});
