import { z } from 'zod';
import { resultObject } from '../workflows/contract/objects.ts';
import type { RecordedBuild } from '../workflows/contract/record.ts';
import type { SlipwayClient } from './connect.ts';
import { ReadRefused } from './errors.ts';
import { openReads } from './read-objects.ts';

// A worker wrote it, of this version or an older one: the envelope says so, the rest is trusted.
const Recorded = z
  .looseObject({
    schemaVersion: z.literal(1),
    result: z.looseObject({ buildId: z.string(), components: z.array(z.unknown()) }),
  })
  .transform((value) => value as unknown as RecordedBuild);

/** Milliseconds for a worker's answer: a mistyped build id must not be waited for long. */
const answerTime = 10_000;

/**
 * What the store keeps of a build when Temporal has forgotten it.
 *
 * @returns null when nothing is kept under this id, or there can be no build of it
 * @throws ServiceUnreachable, InvalidConfiguration
 */
export async function recordedBuild(
  client: SlipwayClient,
  buildId: string,
): Promise<RecordedBuild | null> {
  try {
    const read = { kind: 'object', key: resultObject(buildId) } as const;
    const [download] = await openReads(client, [read], answerTime);
    const response = await download?.fetch();
    return response === undefined || response === null
      ? null
      : Recorded.parse(await response.json());
  } catch (error) {
    if (error instanceof ReadRefused) return null;
    throw error;
  }
}
