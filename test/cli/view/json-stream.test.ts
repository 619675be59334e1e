import { expect, test } from 'vitest';
import { jsonStreamView } from '../../../cli/view/json-stream.ts';
import {
  attemptOf,
  builtResult,
  containerResult,
  failureResult,
  snapshotOf,
} from '../../support/results.ts';
import { textStream } from '../../support/text-stream.ts';

const time = '2026-11-23T01:02:03.000Z';

function viewed() {
  const { stream, text } = textStream();
  const notes = textStream();
  const view = jsonStreamView(stream, notes.stream, () => new Date(time));
  const events = () =>
    text()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { view, events, notes: notes.text };
}

test('each change of a container is one line, once', () => {
  const { view, events } = viewed();
  const running = containerResult({ status: 'running' });
  view.show(snapshotOf([running]));
  view.show(snapshotOf([running]));
  const progress = { phase: 'pod', generation: 0, pod: 'bld-1', result: running } as const;
  view.show(snapshotOf([running], { running: new Map([['api/server', progress]]) }));
  view.show(snapshotOf([builtResult('server')]));
  expect(events()).toMatchObject([
    { time, event: 'container', component: 'api', container: 'server', status: 'running' },
    { event: 'container', status: 'running', phase: 'pod', pod: 'bld-1' },
    { event: 'container', status: 'built', phase: null, image: expect.stringContaining('@sha256') },
  ]);
});

test('a container tells what it waits for, and the last of its attempts that ended', () => {
  const { view, events } = viewed();
  const attempts = [attemptOf(), attemptOf({ generation: 1 })];
  const running = containerResult({ status: 'running', attempts });
  const waitingFor = '0/1 nodes are available';
  const live = { phase: 'pod', generation: 2, pod: 'bld-2', result: running, waitingFor } as const;
  view.show(snapshotOf([running], { running: new Map([['api/server', live]]) }));
  view.show(snapshotOf([running]));
  expect(events()).toMatchObject([
    { waitingFor, attempts: 2, lastAttempt: attempts[1] },
    { waitingFor: null },
  ]);
});

test('what the build as a whole waits for is an event when it changes', () => {
  const { view, events } = viewed();
  for (const waitingFor of [null, 'a', 'a', 'b', null, null])
    view.show(snapshotOf([], { waitingFor }));
  expect(events()).toEqual(
    ['a', 'b', null].map((waitingFor) => ({ time, event: 'waiting', waitingFor })),
  );
});

test('a warning is told once', () => {
  const { view, events } = viewed();
  for (const warnings of [['a'], ['a', 'b']]) view.show(snapshotOf([], { warnings }));
  expect(events()).toEqual([
    { time, event: 'warning', warning: 'a' },
    { time, event: 'warning', warning: 'b' },
  ]);
});

test('the last line is the result, with what the build as a whole failed of', () => {
  const { view, events } = viewed();
  const snapshot = snapshotOf([builtResult('server')], {
    closed: true,
    failure: failureResult('VersionExists'),
  });
  view.show(snapshot);
  expect(events().at(-1)).toEqual({
    time,
    event: 'ended',
    result: { ...snapshot.result, failure: snapshot.failure },
  });
});

test('notes for people are beside it', () => {
  const { view, events, notes } = viewed();
  view.note('Press Ctrl-C again');
  view.end();
  expect(notes()).toBe('Press Ctrl-C again\n');
  expect(events()).toEqual([]);
});
