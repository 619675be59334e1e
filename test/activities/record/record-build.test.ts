import { describe, expect, it } from 'vitest';
import { createRecordBuild } from '../../../activities/record/record-build.ts';
import type { BuildAnswers } from '../../../activities/support/executions.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';

const answers: BuildAnswers = {
  mode: 'build',
  result: {
    buildId: 'shop/b1',
    application: 'shop',
    version: '1.0.0',
    status: 'failed',
    components: [],
    package: null,
    trigger: { kind: 'schedule', schedule: 'nightly' },
  },
  sources: [{ git: 'https://git.example.com/shop.git', ref: 'main', commit: 'a'.repeat(40) }],
  containers: [
    { component: 'api', name: 'server', commit: 'a'.repeat(40), rendered: null, warnings: [] },
  ],
  warnings: ['api/server: look at this'],
  startedAt: '2026-11-22T10:00:00.000Z',
};

function setup(build: () => Promise<BuildAnswers> = async () => answers) {
  const store = createInMemoryObjectStore();
  const asked: string[] = [];
  const record = createRecordBuild({
    executions: {
      build: (buildId, runId) => {
        asked.push(`${buildId} ${runId}`);
        return build();
      },
    },
    store,
    clock: { now: () => Date.parse('2026-11-22T10:05:00Z') },
  });
  return { store, asked, record };
}

const input = { buildId: 'shop/b1', runId: 'run-1' };

describe('recordBuild', () => {
  it('keeps what this run of the build says of itself', async () => {
    const { store, asked, record } = setup();
    expect(await record(input)).toEqual({ object: 'results/shop/b1.json' });
    expect(asked).toEqual(['shop/b1 run-1']);
    expect(JSON.parse(store.objects.get('results/shop/b1.json')!.toString('utf8'))).toEqual({
      schemaVersion: 1,
      ...answers,
      finishedAt: '2026-11-22T10:05:00.000Z',
    });
  });

  it('writes it anew when it is run again', async () => {
    const { store, record } = setup();
    await record(input);
    await record(input);
    expect([...store.objects.keys()]).toEqual(['results/shop/b1.json']);
  });

  it('writes nothing when the build does not answer', async () => {
    const { store, record } = setup(() => Promise.reject(new Error('nobody answers')));
    await expect(record(input)).rejects.toThrow('nobody answers');
    expect(store.objects.size).toBe(0);
  });

  it('fails when the store is away', async () => {
    const { store, record } = setup();
    store.put = () => Promise.reject(failure('StorageUnavailable', 'down'));
    await expect(record(input)).rejects.toMatchObject({ type: 'StorageUnavailable' });
  });
});
