import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildLabel, labelValue, podName } from '../../../activities/build-pod/names.ts';
import { attempt } from './fixtures.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const anyAttempt = fc.record({
  container: fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,80}[a-z0-9])?$/)),
  workflowId: fc.string(),
  firstRunId: fc.string(),
  generation: fc.nat(),
});

describe('podName', () => {
  it('is readable, and fixed: running Pods are found by it after an upgrade', () => {
    const hash = createHash('sha256')
      .update(JSON.stringify([attempt.workflowId, attempt.firstRunId]))
      .digest('hex')
      .slice(0, 16);
    expect(podName(attempt)).toBe(`bld-server-${hash}-0`);
  });

  it('is a DNS label that ends in the generation, whatever the container is called', () => {
    fc.assert(
      fc.property(anyAttempt, (identity) => {
        const name = podName(identity);
        expect(name).toMatch(dnsLabel);
        expect(name).toMatch(/^bld-/);
        expect(name.endsWith(`-${identity.generation}`)).toBe(true);
      }),
    );
  });

  it('differs for different attempts, and only for these', () => {
    fc.assert(
      fc.property(anyAttempt, anyAttempt, (a, b) => {
        const sameAttempt =
          a.workflowId === b.workflowId &&
          a.firstRunId === b.firstRunId &&
          a.generation === b.generation;
        const other = { ...b, container: a.container };
        expect(podName(a) === podName(other)).toBe(sameAttempt);
      }),
    );
  });

  it('keeps the border between workflow id and run id', () => {
    const a = podName({ ...attempt, workflowId: 'ab', firstRunId: 'c' });
    const b = podName({ ...attempt, workflowId: 'a', firstRunId: 'bc' });
    expect(a).not.toBe(b);
  });

  it('keeps as much of a long name as fits', () => {
    const name = podName({ ...attempt, container: 'x'.repeat(80), generation: 12 });
    expect(name).toHaveLength(63);
  });
});

describe('labelValue', () => {
  const valid = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

  it('leaves a value alone that fits', () => {
    expect(labelValue('shop.v1_a-B')).toBe('shop.v1_a-B');
  });

  it('makes any text a valid value, and tells texts apart', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(labelValue(a)).toMatch(valid);
        expect(labelValue(a) === labelValue(b)).toBe(a === b);
      }),
    );
  });
});

describe('buildLabel', () => {
  it('is a valid label value for a build id with slashes', () => {
    expect(buildLabel('shop/key')).toMatch(/^[0-9a-f]{32}$/);
    expect(buildLabel('shop/key')).not.toBe(buildLabel('shop/key2'));
  });
});
