import { describe, expect, it } from 'vitest';
import { logKey, logPartKey, openLogSink } from '../../../activities/build-pod/log-store.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { attempt } from './fixtures.ts';
import { createManualClock } from './manual-clock.ts';

async function open() {
  const store = createInMemoryObjectStore();
  const clock = createManualClock();
  return { store, clock, sink: await openLogSink(store, clock, attempt) };
}

describe('openLogSink', () => {
  it('writes a part when its first byte is two seconds old, not before', async () => {
    const { store, clock, sink } = await open();
    sink.write('one\n');
    clock.advance(1_999);
    sink.write('two\n');
    expect([...store.objects]).toEqual([]);
    clock.advance(1);
    await expect.poll(() => store.objects.size).toBe(1);
    expect(store.objects.get(logPartKey(attempt, 0))?.toString()).toBe('one\ntwo\n');
  });

  it('writes a part at once when it is large', async () => {
    const { store, sink } = await open();
    sink.write('x'.repeat(256 * 1024));
    await expect.poll(() => store.objects.size).toBe(1);
  });

  it('joins the parts in their order, also the tenth and the ninth', async () => {
    const { store, clock, sink } = await open();
    for (let part = 0; part < 12; part += 1) {
      sink.write(`${part}\n`);
      clock.advance(2_000);
      await expect.poll(() => store.objects.has(logPartKey(attempt, part))).toBe(true);
    }
    await sink.finish();
    expect(store.objects.get(logKey(attempt))?.toString()).toBe(
      '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n',
    );
  });

  it('passes over what is stored when the log is written again, cut anywhere', async () => {
    const { store, clock, sink } = await open();
    sink.write('onetwo');
    clock.advance(2_000);
    await expect.poll(() => store.objects.has(logPartKey(attempt, 0))).toBe(true);
    sink.write('lost with the worker');
    sink.abandon();

    const next = await openLogSink(store, clock, attempt);
    next.write('one');
    next.write('twothree');
    await next.finish();
    expect(store.objects.get(logPartKey(attempt, 1))?.toString()).toBe('three');
    expect(store.objects.get(logKey(attempt))?.toString()).toBe('onetwothree');
  });

  it('knows what is stored from one listing, however many parts there are', async () => {
    const store = createInMemoryObjectStore();
    for (let part = 0; part < 1_200; part += 1) {
      store.objects.set(logPartKey(attempt, part), Buffer.from('ab'));
    }
    store.size = () => Promise.reject(failure('StorageUnavailable', 'asked for one object'));
    const sink = await openLogSink(store, createManualClock(), attempt);
    sink.write(`${'ab'.repeat(1_200)}new`);
    await sink.finish();
    expect(store.objects.get(logPartKey(attempt, 1_200))?.toString()).toBe('new');
  });

  it('makes no object of an empty log', async () => {
    const { store, sink } = await open();
    await sink.finish();
    expect([...store.objects]).toEqual([]);
  });

  it('keeps what the store did not take, and says so in the end if it never does', async () => {
    const { store, clock, sink } = await open();
    const put = store.put.bind(store);
    store.put = () => Promise.reject(failure('StorageUnavailable', 'down'));
    sink.write('one\n');
    clock.advance(2_000);
    await expect(sink.finish()).rejects.toMatchObject({ type: 'StorageUnavailable' });
    store.put = put;
    await sink.finish();
    expect(store.objects.get(logKey(attempt))?.toString()).toBe('one\n');
  });
});
