import { DefaultLogger, type Logger, type LogLevel, type LogMetadata } from '@temporalio/worker';
import { redact } from '../activities/support/redact.ts';
import { buildIdentity } from './telemetry/build-identity.ts';

/**
 * One JSON object per line on stderr, with the build that a line about a workflow is about; redacted
 * here as a second line of defence.
 */
export function jsonLogger(level: LogLevel): Logger {
  return new DefaultLogger(level, ({ level: entryLevel, message, timestampNanos, meta }) => {
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const fields = { time, level: entryLevel, message, ...buildOf(meta), ...meta };
    const line = JSON.stringify(fields, printable);
    process.stderr.write(`${redact(line)}\n`);
  });
}

/** Activities say it themselves. */
function buildOf(meta: LogMetadata | undefined): object | null {
  const workflowId: unknown = meta?.['workflowId'];
  return typeof workflowId === 'string' ? buildIdentity(workflowId) : null;
}

// An Error has no enumerable fields, a bigint has no JSON.
function printable(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, cause: value.cause };
  return typeof value === 'bigint' ? value.toString() : value;
}
