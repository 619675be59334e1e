import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { failurePolicies, type FailureType } from '../../../workflows/contract/failures.ts';

const types = Object.keys(failurePolicies) as [FailureType, ...FailureType[]];

/**
 * One file of `recordings/`: how a run of Kaniko ends, put together from what is known of its messages,
 * and what Slipway is to make of it.
 */
const Recording = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  log: z.array(z.string().regex(/^[^\n]*$/)),
  exitCode: z.int().min(0).max(255),
  terminationMessage: z.string().optional(),
  takesMemory: z.enum(['child', 'self']).optional(),
  expected: z.strictObject({
    failureType: z.enum(types),
    /** The whole reason, or a part of it where the rest is the node's. */
    reason: z.string(),
    /** What follows each attempt. */
    decisions: z.array(z.enum(['retry', 'fail'])).nonempty(),
    /** Last line of the log tail; absent: the last one of the log. */
    lastLine: z.string().optional(),
  }),
});
type Recording = Readonly<z.infer<typeof Recording>>;

/** All recordings, by name. */
export function readRecordings(): readonly Recording[] {
  const directory = new URL('recordings/', import.meta.url);
  return readdirSync(directory)
    .toSorted()
    .map((file) => {
      const recording = Recording.parse(JSON.parse(readFileSync(new URL(file, directory), 'utf8')));
      if (file !== `${recording.name}.json`) throw new TypeError(`${file} names itself otherwise`);
      return recording;
    });
}
