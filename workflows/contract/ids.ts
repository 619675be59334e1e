/** Makers of workflow ids and image tags: pure, so that clients, workflows and activities agree. */

const keyPattern = /^[a-z0-9-]{1,64}$/;

/** Whether `key` can be a caller's idempotency key. */
export function isBuildKey(key: string): boolean {
  return keyPattern.test(key);
}

export function buildId(application: string, key: string): string {
  return `${application}/${key}`;
}

export function containerBuildId(build: string, component: string, container: string): string {
  return `${build}/${component}/${container}`;
}

/**
 * A fresh, time-ordered key: UTC time to the second and a random suffix, e.g.
 * `20261122-233015-k3x9qa`. Sorting by name sorts by time.
 */
export function freshBuildKey(now: Date, random: () => number): string {
  const digits = now.toISOString().replace(/[-:]/g, '');
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  const suffix = Array.from({ length: 6 }, () => alphabet[Math.floor(random() * alphabet.length)]);
  return `${digits.slice(0, 8)}-${digits.slice(9, 15)}-${suffix.join('')}`;
}

/** The one tag that a builder Pod pushes. `inputDigest` is `sha256:<hex>`. */
export function inputTag(inputDigest: string): string {
  return `in-${inputDigest.replace(/^sha256:/, '')}`;
}

/**
 * What an activity works with: git and archives for minutes, registry and store for seconds, Pods.
 * A worker of the role `source` serves the first two.
 */
export type ActivityQueue = 'source' | 'requests' | 'pods';

/** Work of one kind goes to one queue: workflows to the base queue, activities to these. */
export function activityTaskQueue(base: string, queue: ActivityQueue): string {
  return `${base}-${queue}`;
}

export const defaultTaskQueue = 'slipway';
