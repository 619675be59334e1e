import { describe, expect, it, vi } from 'vitest';
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
    void sink.write('one\n');
    clock.advance(1_999);
    void sink.write('two\n');
    expect([...store.objects]).toEqual([]);
    clock.advance(1);
    await expect.poll(() => store.objects.size).toBe(1);
    expect(store.objects.get(logPartKey(attempt, 0))?.toString()).toBe('one\ntwo\n');
  });

  it('writes a part at once when it is large', async () => {
    const { store, sink } = await open();
    await sink.write('x'.repeat(256 * 1024));
    await expect.poll(() => store.objects.size).toBe(1);
  });

  it('joins the parts in their order, also the tenth and the ninth', async () => {
    const { store, clock, sink } = await open();
    for (let part = 0; part < 12; part += 1) {
      await sink.write(`${part}\n`);
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
    await sink.write('onetwo');
    clock.advance(2_000);
    await expect.poll(() => store.objects.has(logPartKey(attempt, 0))).toBe(true);
    await sink.write('lost with the worker');
    sink.abandon();

    const next = await openLogSink(store, clock, attempt);
    await next.write('one');
    await next.write('twothree');
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
    await sink.write(`${'ab'.repeat(1_200)}new`);
    await sink.finish();
    expect(store.objects.get(logPartKey(attempt, 1_200))?.toString()).toBe('new');
  });

  it.each([
    ['first', 'one\n', 'two\n'],
    ['last', 'two\n', 'one\n'],
  ])('goes on when someone has deleted the %s part', async (_, deleted, kept) => {
    const { store, clock } = await open();
    for (const [part, text] of ['one\n', 'two\n', 'three\n'].entries()) {
      store.objects.set(logPartKey(attempt, part), Buffer.from(text));
    }
    const sink = await openLogSink(store, clock, attempt);
    for (const [key, content] of store.objects) {
      if (content.toString() === deleted) store.objects.delete(key);
    }
    await sink.write('one\ntwo\nthree\nfour\n');
    await sink.finish();
    const log = store.objects.get(logKey(attempt))?.toString();
    expect(log).toContain(kept);
    expect(log).toMatch(/four\n$/);
  });

  it('makes no object of an empty log', async () => {
    const { store, sink } = await open();
    await sink.finish();
    expect([...store.objects]).toEqual([]);
  });

  it.each([
    ['another text', 'one\nTWO\n', 'TWO\n'],
    ['a shorter one', 'two\n', 'two\n'],
  ])('writes all of %s than the stored one, and says so', async (_, text, written) => {
    const { store, sink, clock } = await open();
    await sink.write('one\ntwo\n');
    await sink.finish();
    const next = await openLogSink(store, clock, attempt);
    await next.write(text);
    await next.finish();
    expect(store.objects.get(logKey(attempt))?.toString()).toMatch(
      new RegExp(`^one\ntwo\n\n… the log was interrupted here: .*…\n[^]*${written}$`),
    );
  });

  it('writes a log once that two write at once', async () => {
    const { store, sink, clock } = await open();
    const other = await openLogSink(store, clock, attempt);
    for (const text of ['one\n', 'two\n']) {
      for (const each of [sink, other]) {
        await each.write(text);
        await each.finish();
      }
    }
    expect(store.objects.get(logKey(attempt))?.toString()).toBe('one\ntwo\n');
  });

  it('takes a part for its own that was written without an answer', async () => {
    const { store, sink } = await open();
    const put = store.putIfAbsent.bind(store);
    store.putIfAbsent = async (...part) => {
      await put(...part);
      store.putIfAbsent = put;
      throw failure('StorageUnavailable', 'the answer was lost');
    };
    await sink.write('one\n');
    await expect(sink.finish()).rejects.toMatchObject({ type: 'StorageUnavailable' });
    await sink.write('two\n');
    await sink.finish();
    expect(store.objects.get(logKey(attempt))?.toString()).toBe('one\ntwo\n');
  });

  describe('while the store is away', () => {
    async function openWithoutStore() {
      const opened = await open();
      const put = opened.store.putIfAbsent.bind(opened.store);
      opened.store.putIfAbsent = () => Promise.reject(failure('StorageUnavailable', 'down'));
      return { ...opened, comeBack: () => (opened.store.putIfAbsent = put) };
    }

    it('keeps what comes, and says so in the end if it is not back', async () => {
      const { store, sink, comeBack } = await openWithoutStore();
      await sink.write('one\n');
      await expect(sink.finish()).rejects.toMatchObject({ type: 'StorageUnavailable' });
      comeBack();
      await sink.finish();
      expect(store.objects.get(logKey(attempt))?.toString()).toBe('one\n');
    });

    it('tries again every two seconds, without another piece', async () => {
      const { store, clock, sink, comeBack } = await openWithoutStore();
      const refused = vi.spyOn(store, 'putIfAbsent');
      await sink.write('one\n');
      clock.advance(2_000);
      await expect.poll(() => refused.mock.calls.length).toBe(1);
      comeBack();
      await expect
        .poll(() => (clock.advance(500), store.objects.has(logPartKey(attempt, 0))))
        .toBe(true);
    });

    it('takes 8 MiB and no more', async () => {
      const { sink } = await openWithoutStore();
      const piece = 'x'.repeat(1024 * 1024);
      for (let taken = 0; taken < 7; taken += 1) await sink.write(piece);
      await expect(sink.write(piece)).rejects.toMatchObject({ type: 'StorageUnavailable' });
    });
  });
});
