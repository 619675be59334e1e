import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import type { ObjectStore } from '../../../activities/support/object-store.ts';
import { presentContent } from '../../../activities/support/stored-content.ts';
import type { Look } from './secret-search.ts';

/** Histories or objects that are looked through at once. */
const width = 8;

/** Looks through everything that a run left in a Temporal namespace; `query` as Temporal's lists take it. */
export async function searchHistories(
  { workflow }: Client,
  look: Look,
  query?: string,
): Promise<readonly string[]> {
  const executions: { readonly workflowId: string; readonly runId: string }[] = [];
  const found: string[] = [];
  for await (const execution of workflow.list(query === undefined ? {} : { query })) {
    const { workflowId, runId, memo, searchAttributes } = execution;
    executions.push({ workflowId, runId });
    found.push(
      ...look(`the listing of workflow ${workflowId}`, JSON.stringify({ memo, searchAttributes })),
    );
  }
  await atOnce(executions, async ({ workflowId, runId }) => {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of history.events ?? []) {
      const where = `event ${String(event.eventId)} of workflow ${workflowId}`;
      found.push(...look(where, textOf(event)));
    }
  });
  return found;
}

/** Looks through the objects under a prefix, compressed ones unpacked, and through their keys. */
export async function searchObjects(
  store: Pick<ObjectStore, 'get' | 'list'>,
  look: Look,
  prefix = '',
): Promise<readonly string[]> {
  const found: string[] = [];
  await atOnce(await store.list(prefix), async ({ key }) => {
    const content = await presentContent(store, key);
    const bytes = key.endsWith('.gz') ? gunzipSync(content) : content;
    found.push(...look(`object ${key}`, `${key}\n${bytes.toString('latin1')}`));
  });
  return found;
}

/** Looks through the files of a directory, which may not exist. */
export async function searchFiles(directory: string, look: Look): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  const texts = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(directory, name), 'utf8') })),
  );
  return texts.flatMap(({ name, text }) => look(`log ${name}`, text));
}

async function atOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Every string and payload of an event, one to a line. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).filter(Boolean).join('\n');
}
