import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  activityTaskQueue,
  buildId,
  containerBuildId,
  freshBuildKey,
  inputTag,
  isBuildKey,
} from '../../../workflows/contract/ids.ts';

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
const key = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
const date = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a build key', () => {
  test.each(['a', '0', '-', 'release-1', 'x'.repeat(64)])('can be %s', (text) => {
    expect(isBuildKey(text)).toBe(true);
  });

  test.each(['', 'A', 'a/b', 'a b', 'ü', 'a_b', 'a.b', 'a\n', 'x'.repeat(65)])(
    'cannot be %j',
    (text) => {
      expect(isBuildKey(text)).toBe(false);
    },
  );

  test('that is fresh is a key', () => {
    fc.assert(
      fc.property(date, random, (now, value) => {
        const fresh = freshBuildKey(now, () => value);
        expect(fresh).toMatch(/^\d{8}-\d{6}-[a-z0-9]{6}$/);
        expect(isBuildKey(fresh)).toBe(true);
      }),
    );
  });

  test('that is fresh sorts by its second', () => {
    fc.assert(
      fc.property(date, date, random, random, (one, other, first, second) => {
        const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
        fc.pre(seconds(one) < seconds(other));
        expect(freshBuildKey(one, () => first) < freshBuildKey(other, () => second)).toBe(true);
      }),
    );
  });

  test('that is fresh takes every character from the random source', () => {
    const values = [0, 0.2, 0.4, 0.6, 0.8, 0.999_999].values();
    expect(freshBuildKey(new Date('2026-11-22T23:30:15Z'), () => values.next().value ?? 0)).toBe(
      '20261122-233015-agnv39',
    );
  });
});

describe('workflow ids', () => {
  test('are the application, the key, the component and the container', () => {
    expect(containerBuildId(buildId('shop', 'k1'), 'api', 'server')).toBe('shop/k1/api/server');
  });

  test('differ where any part differs', () => {
    const parts = fc.tuple(name, key, name, name);
    const id = ([application, build, component, container]: [string, string, string, string]) =>
      containerBuildId(buildId(application, build), component, container);
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(id(one) === id(other)).toBe(one.join('/') === other.join('/'));
        expect(id(one).split('/')).toEqual(one);
      }),
    );
  });
});

test('an input tag is a valid tag of the digest’s hex digits', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), (hex) => {
      const tag = inputTag(`sha256:${hex}`);
      expect(tag).toBe(`in-${hex}`);
      // The OCI distribution specification's grammar of tags.
      expect(tag).toMatch(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
    }),
  );
});

test('queues of activities are told apart by their role', () => {
  expect(activityTaskQueue('slipway', 'source')).toBe('slipway-source');
  expect(activityTaskQueue('slipway', 'requests')).toBe('slipway-requests');
  expect(activityTaskQueue('slipway', 'pods')).toBe('slipway-pods');
});
