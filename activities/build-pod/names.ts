import { createHash } from 'node:crypto';
import type { AttemptIdentity } from '../../workflows/contract/activities.ts';

/** A DNS label (RFC 1123): Pod names may be longer, but the Pod's name is its host name as well. */
const labelLimit = 63;
const hashDigits = 16;

/**
 * `bld-<container, trimmed>-<hash>-<generation>`: a DNS label that is the same whoever computes it
 * and however often, and another one for every other attempt. The hash covers the container
 * build's workflow id and first run id, so a re-run of the workflow (same id) makes other Pods.
 */
export function podName(
  attempt: Pick<AttemptIdentity, 'container' | 'workflowId' | 'firstRunId' | 'generation'>,
): string {
  const suffix = `${hash([attempt.workflowId, attempt.firstRunId], hashDigits)}-${attempt.generation}`;
  const room = labelLimit - 'bld-'.length - 1 - suffix.length;
  const container = dnsText(attempt.container).slice(0, room).replace(/-+$/, '');
  return container === '' ? `bld-${suffix}` : `bld-${container}-${suffix}`;
}

/** The value of the label `slipway/build`: a build id holds characters that labels may not. */
export function buildLabel(buildId: string): string {
  return hash([buildId], 32);
}

/**
 * The text as a label value. What does not fit (63 characters of letters, digits, `-_.`, with a
 * letter or digit at both ends) is shortened and told apart by a hash.
 */
export function labelValue(text: string): string {
  if (/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text)) return text;
  const start = text
    .replace(/[^-A-Za-z0-9_.]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, labelLimit - 1 - hashDigits);
  return start === '' ? hash([text], hashDigits) : `${start}-${hash([text], hashDigits)}`;
}

function dnsText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

function hash(parts: readonly string[], digits: number): string {
  // JSON keeps the borders: ['ab', 'c'] and ['a', 'bc'] differ.
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, digits);
}
