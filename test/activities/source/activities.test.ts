import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createFetchSource } from '../../../activities/source/fetch-source.ts';
import { createResolveSources } from '../../../activities/source/resolve-sources.ts';
import type { SourceTrees } from '../../../activities/source/source-trees.ts';
import type { ObjectStore } from '../../../activities/support/object-store.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { activityEnvironment, runActivity } from '../../support/activity.ts';
import { writeFiles, type TestFile } from '../../support/git-repository.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const source = { git: 'https://git.example.com/a.git', ref: 'main', commit: 'a'.repeat(40) };
const input = { source, context: '.', dockerfile: 'Dockerfile' };

/** Trees that are one directory, whatever the source. */
function treesOf(directory: string): SourceTrees {
  return { resolve: async () => source.commit, withTree: (_source, use) => use(directory) };
}

/** The store, with the calls that reach it. */
function recorded(store: ObjectStore) {
  const calls: string[] = [];
  const recording: ObjectStore = {
    ...store,
    put: (key, body, type) => {
      calls.push(`put ${type}`);
      return store.put(key, body, type);
    },
    renew: (key) => {
      calls.push('renew');
      return store.renew(key);
    },
  };
  return { store: recording, calls };
}

async function directoryWith(files: Readonly<Record<string, TestFile>>): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, files);
  return directory;
}

describe('resolveSources', () => {
  test('asks once for equal sources and keeps the order', async () => {
    const asked: string[] = [];
    const trees: SourceTrees = {
      async resolve({ git, ref, secret = '' }) {
        asked.push(`${git} ${ref} ${secret}`.trim());
        return String(asked.length).repeat(40);
      },
      withTree: () => Promise.reject(new Error('not used')),
    };
    const sources = [
      { git: 'a', ref: 'main' },
      { git: 'b', ref: 'main' },
      { git: 'a', ref: 'main' },
      { git: 'a', ref: 'v1' },
      // What one may see is not told to the other.
      { git: 'a', ref: 'main', secret: 'team' },
      { git: 'a', ref: 'main', secret: 'team', lfs: true },
    ];
    const output = await runActivity(createResolveSources({ trees }), {
      sources,
    });
    expect(asked).toEqual(['a main', 'b main', 'a v1', 'a main team']);
    expect(output.sources).toEqual(
      sources.map((one, index) => ({
        ...one,
        commit: ['1', '2', '1', '3', '4', '4'][index]?.repeat(40),
      })),
    );
  });
});

describe('resolveSources of many repositories', () => {
  const sources = Array.from({ length: 20 }, (_, index) => ({ git: `r${index}`, ref: 'main' }));

  /** Trees that answer when they are told to, and how many wait for it. */
  function questions() {
    const open: PromiseWithResolvers<string>[] = [];
    const trees: SourceTrees = {
      resolve() {
        const answer = Promise.withResolvers<string>();
        open.push(answer);
        return answer.promise;
      },
      withTree: () => Promise.reject(new Error('not used')),
    };
    const output = runActivity(createResolveSources({ trees }), { sources });
    output.catch(() => undefined);
    return { open, output };
  }

  test('asks eight at once', async () => {
    const { open, output } = questions();
    for (let answered = 0; answered < sources.length; answered += 1) {
      await expect.poll(() => open.length).toBe(Math.min(answered + 8, sources.length));
      open[answered]?.resolve(String(answered));
    }
    const { sources: resolved } = await output;
    expect(resolved).toEqual(sources.map((one, index) => ({ ...one, commit: String(index) })));
  });

  test('asks no more once one has failed', async () => {
    const { open, output } = questions();
    open[3]?.reject(failure('SourceUnavailable', 'r3 does not answer'));
    await expect(output).rejects.toMatchObject({ type: 'SourceUnavailable' });
    for (const answer of open) answer.resolve(source.commit);
    await Promise.all(open.map(({ promise }) => promise.catch(() => undefined)));
    expect(open).toHaveLength(8);
  });
});

describe('fetchSource', () => {
  test('stores the context under its content, once, and renews it afterwards', async () => {
    const memory = createInMemoryObjectStore();
    const { store, calls } = recorded(memory);
    const directory = await directoryWith({ Dockerfile: 'FROM debian:12\n' });
    const fetchSource = createFetchSource({ trees: treesOf(directory), store });

    const first = await runActivity(fetchSource, input);
    const stored = memory.objects.get(first.context.object) ?? Buffer.alloc(0);
    const tar = gunzipSync(stored);
    const hex = createHash('sha256').update(tar).digest('hex');
    expect(first.context).toEqual({
      object: `contexts/${hex}.tar.gz`,
      digest: `sha256:${hex}`,
      size: tar.length,
    });
    // RFC 1952: bytes 4 to 7 are the time.
    expect(stored.subarray(4, 8)).toEqual(Buffer.alloc(4));

    expect(await runActivity(fetchSource, input)).toEqual(first);
    expect(calls).toEqual(['put application/gzip', 'renew']);
    expect(memory.objects.size).toBe(1);
  });

  test('a context over the limit is refused before anything is stored', async () => {
    const store = createInMemoryObjectStore();
    const directory = await directoryWith({ 'a.txt': 'too long' });
    const fetchSource = createFetchSource({ trees: treesOf(directory), store, contextLimit: 4 });
    await expect(runActivity(fetchSource, input)).rejects.toMatchObject({
      type: 'ContextRefused',
    });
    expect(store.objects.size).toBe(0);
  });

  test('a store that fails fails the activity, without waiting for the rest', async () => {
    const directory = await directoryWith({ 'a.bin': randomBytes(4 * 1024 * 1024) });
    const store: ObjectStore = {
      ...createInMemoryObjectStore(),
      put: () => Promise.reject(failure('StorageUnavailable', 'down')),
    };
    const fetchSource = createFetchSource({ trees: treesOf(directory), store });
    await expect(runActivity(fetchSource, input)).rejects.toMatchObject({
      type: 'StorageUnavailable',
    });
  });

  test('files that change while they are sent never become an object', async () => {
    const memory = createInMemoryObjectStore();
    const directory = await directoryWith({ 'a.txt': 'one' });
    const store: ObjectStore = {
      ...memory,
      async size(key) {
        await writeFile(join(directory, 'a.txt'), 'two');
        return memory.size(key);
      },
    };
    const fetchSource = createFetchSource({ trees: treesOf(directory), store });
    await expect(runActivity(fetchSource, input)).rejects.toMatchObject({
      type: 'SourceUnavailable',
    });
    expect(memory.objects.size).toBe(0);
  });

  test('ends at once when it is cancelled, and stops reading', async () => {
    const environment = activityEnvironment();
    const started = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const directory = await directoryWith({ 'a.bin': randomBytes(4 * 1024 * 1024) });
    const store: ObjectStore = {
      ...createInMemoryObjectStore(),
      async put(_key, body) {
        started.resolve();
        if (!Buffer.isBuffer(body)) body.on('close', stopped.resolve);
        await stopped.promise;
      },
    };
    const fetchSource = createFetchSource({ trees: treesOf(directory), store });
    const running = runActivity(fetchSource, input, environment);
    await started.promise;
    environment.cancel('CANCELLED');
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    await stopped.promise;
  });
});
