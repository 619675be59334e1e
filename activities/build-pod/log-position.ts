import { createHash } from 'node:crypto';

/** How far a log has been read that is opened again and again, each time from its beginning. */
export interface LogPosition {
  /** The log has been opened once more. */
  reopened(): LogReopened;
  /** It is another log from now on: nothing of it has been read. */
  startAnew(): void;
}

interface LogReopened {
  /**
   * What of the next bytes has not been read before. `other text`: the log does not begin as it did.
   */
  next(chunk: Buffer): Buffer | 'other text';
  /** Less has come yet than had been read before. */
  isBehind(): boolean;
}

/** Knows by its sum what has been read: a node begins a new file where a log becomes too long. */
export function createLogPosition(): LogPosition {
  let bytes = 0;
  let sum = createHash('sha256');
  return {
    reopened() {
      let left = bytes;
      const repeated = createHash('sha256');
      return {
        next(chunk) {
          const seen = chunk.subarray(0, Math.min(left, chunk.length));
          if (left > 0) {
            left -= seen.length;
            repeated.update(seen);
            if (left === 0 && !repeated.digest().equals(sum.copy().digest())) return 'other text';
          }
          const fresh = chunk.subarray(seen.length);
          bytes += fresh.length;
          sum.update(fresh);
          return fresh;
        },
        isBehind: () => left > 0,
      };
    },
    startAnew() {
      bytes = 0;
      sum = createHash('sha256');
    },
  };
}
