import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildIdentity } from '../../../worker/telemetry/build-identity.ts';
import { buildId, containerBuildId } from '../../../workflows/contract/ids.ts';

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

test('ids are read as they are made', () => {
  fc.assert(
    fc.property(name, name, name, name, (application, key, component, container) => {
      const build = buildId(application, key);
      expect(buildIdentity(build)).toEqual({ buildId: build });
      expect(buildIdentity(containerBuildId(build, component, container))).toEqual({
        buildId: build,
        component,
        container,
      });
    }),
  );
});

test.each(['', 'slipway-sweep', 'shop/', '/a', 'a/b/c', 'a/b//d', 'a/b/c/d/e'])(
  '%j is no build’s id',
  (id) => {
    expect(buildIdentity(id)).toBeNull();
  },
);
