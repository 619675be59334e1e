import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { isMissing, readIfExists, writeFileAtomically } from '../files.ts';
import type { Component } from './component.ts';
import { ProcessIdentity } from './identity.ts';

/** What is kept of a started component, in one file for each. */
export const ProcessRecord = z.object({
  name: z.string(),
  identity: ProcessIdentity,
  fingerprint: z.string(),
  /** As in Component: `down` stops it without knowing the component. */
  grace: z.int(),
  startedAt: z.iso.datetime(),
});
export type ProcessRecord = Readonly<z.infer<typeof ProcessRecord>>;

/** The record of a component, or undefined when it was never started or its file is damaged. */
export async function readRecord(
  directory: string,
  name: string,
): Promise<ProcessRecord | undefined> {
  const text = await readIfExists(recordPath(directory, name));
  if (text === undefined) return undefined;
  try {
    return ProcessRecord.parse(JSON.parse(text));
  } catch {
    // The process itself is still found by its mark.
    return undefined;
  }
}

export async function writeRecord(directory: string, record: ProcessRecord): Promise<void> {
  await writeFileAtomically(
    recordPath(directory, record.name),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}

export async function removeRecord(directory: string, name: string): Promise<void> {
  await rm(recordPath(directory, name), { force: true });
}

export async function readRecords(directory: string): Promise<readonly ProcessRecord[]> {
  const files = await readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const names = files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
  const records = await Promise.all(names.map((name) => readRecord(directory, name)));
  return records.filter((record) => record !== undefined);
}

/** Equal for two components that would run the same way. A hash, as it covers secrets, too. */
export function fingerprintOf(component: Component): string {
  const { command, args, environment, configuration } = component;
  const sorted = Object.entries(environment).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([command, args, sorted, configuration]))
    .digest('hex');
}

function recordPath(directory: string, name: string): string {
  return join(directory, `${name}.json`);
}
