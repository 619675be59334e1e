import { z } from 'zod';
import { LogNotFound } from '../errors.ts';

/** How far one container's log has been read. */
export interface Position {
  /** Number of the attempt. */
  readonly generation: number;
  /** Number of the next part; null when the joined object is being read. */
  readonly part: number | null;
  /** Bytes of the attempt's log that have been read. */
  readonly bytes: number;
}

/** Positions by `<component>/<container>`; what nobody has begun to read is not in it. */
export type Positions = ReadonlyMap<string, Position>;

const count = z.int().nonnegative();
const Cursor = z.strictObject({
  build: z.string(),
  at: z.record(z.string(), z.tuple([count, count.nullable(), count])),
});

/** Positions as an opaque text that a URL and a command line take. */
export function encodeCursor(build: string, positions: Positions): string {
  const at: z.input<typeof Cursor>['at'] = {};
  for (const [path, { generation, part, bytes }] of positions) at[path] = [generation, part, bytes];
  return Buffer.from(JSON.stringify({ build, at })).toString('base64url');
}

/** @throws LogNotFound when the text is no cursor of this build's logs */
export function decodeCursor(build: string, cursor: string): Map<string, Position> {
  const { data } = Cursor.safeParse(json(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (data?.build !== build) {
    throw new LogNotFound(
      `the cursor does not name a place in the logs of ${build}; expected one that came with them`,
    );
  }
  return new Map(
    Object.entries(data.at).map(([path, [generation, part, bytes]]) => [
      path,
      { generation, part, bytes },
    ]),
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
