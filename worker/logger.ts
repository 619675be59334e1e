import { DefaultLogger, type Logger, type LogLevel } from '@temporalio/worker';
import { redact } from '../activities/support/redact.ts';

/** One JSON object per line on stderr; redacted here as a second line of defence. */
export function jsonLogger(level: LogLevel): Logger {
  return new DefaultLogger(level, ({ level: entryLevel, message, timestampNanos, meta }) => {
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const line = JSON.stringify({ time, level: entryLevel, message, ...meta }, printable);
    process.stderr.write(`${redact(line)}\n`);
  });
}

// An Error has no enumerable fields, a bigint has no JSON.
function printable(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, cause: value.cause };
  return typeof value === 'bigint' ? value.toString() : value;
}
