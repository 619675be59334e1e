import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applicationVersion,
  componentVersion,
  versionOfResults,
  versionTag,
} from '../../../activities/package/version.ts';
import type {
  FinishedComponent,
  FinishedContainer,
} from '../../../workflows/contract/activities.ts';
import type { Component } from '../../../workflows/contract/application.ts';
import {
  builtContainer,
  commit,
  component,
  digestOf,
  existingContainer,
  finishedComponent,
  finishedContainer,
  otherCommit,
} from './fixtures.ts';

/** The pattern that semver.org suggests. */
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
const commitSha = fc.stringMatching(/^[0-9a-f]{40}$/);

const migrate = builtContainer('migrate', { init: true });
const server = builtContainer('server', { carried: { env: ['DB_URL'], ports: [8080] } });
const proxy = existingContainer('proxy', 'registry.example.com/proxy');
const api = component([migrate, server, proxy], { type: 'service', options: { replicas: 2 } });
const finished = finishedComponent(api);

function changed(name: string, changes: Partial<FinishedContainer>): FinishedComponent {
  const containers = finished.containers.map((item) =>
    item.name === name ? { ...item, ...changes } : item,
  );
  return { component: api, containers };
}

describe('componentVersion', () => {
  it('is the explicit version as given', () => {
    expect(componentVersion('1.4.0+build.7', finished)).toBe('1.4.0+build.7');
  });

  it.each(['', '.1', '-1', '../1', 'a/b', 'a b', 'v'.repeat(129), `in-${'0'.repeat(64)}`])(
    'refuses %j, which cannot name a package and a tag',
    (version) => {
      expect(() => componentVersion(version, finished)).toThrow(
        expect.objectContaining({ type: 'InvalidDefinition', nonRetryable: true }),
      );
    },
  );

  it('names the commit', () => {
    expect(componentVersion(null, finished)).toMatch(/^0\.0\.0-g1234567890\.i[0-9a-f]{8}$/);
  });

  it('has zeros where nothing was built', () => {
    const version = componentVersion(null, finishedComponent(component([proxy])));
    expect(version).toMatch(/^0\.0\.0-g0000000000\.i[0-9a-f]{8}$/);
  });

  it('depends on which container has which of several commits', () => {
    const one = componentVersion(null, changed('server', { commit: otherCommit }));
    const other = componentVersion(null, changed('migrate', { commit: otherCommit }));
    expect(one).not.toBe(other);
    for (const version of [one, other]) {
      expect(version).toMatch(semver);
      expect(version).not.toContain(commit.slice(0, 10));
      expect(version).not.toContain(otherCommit.slice(0, 10));
    }
  });

  it('is a SemVer and a tag, and the same in any order, for any digests and commits', () => {
    const results = fc.array(fc.record({ digest, commit: commitSha }), {
      minLength: 2,
      maxLength: 2,
    });
    fc.assert(
      fc.property(results, ([first, second]) => {
        const items = [
          { ...finishedContainer(migrate), inputDigest: first!.digest, commit: first!.commit },
          { ...finishedContainer(server), inputDigest: second!.digest, commit: second!.commit },
        ];
        const built = { component: component([migrate, server]), containers: items };
        const version = componentVersion(null, built);
        expect(version).toMatch(semver);
        expect(versionTag(version)).toBe(version);
        expect(componentVersion(null, { ...built, containers: items.toReversed() })).toBe(version);
      }),
    );
  });

  it('differs when any input digest differs', () => {
    const version = componentVersion(null, finished);
    fc.assert(
      fc.property(fc.constantFrom('migrate', 'server'), digest, (name, inputDigest) => {
        expect(componentVersion(null, changed(name, { inputDigest }))).not.toBe(version);
      }),
    );
  });

  it('differs when an existing image has moved', () => {
    const moved = changed('proxy', { digest: digestOf('moved') });
    expect(componentVersion(null, moved)).not.toBe(componentVersion(null, finished));
  });

  it('does not depend on what came out of a build', () => {
    const digest = digestOf('another build');
    const rebuilt = changed('server', { digest, image: `${server.repository}@${digest}` });
    expect(componentVersion(null, rebuilt)).toBe(componentVersion(null, finished));
  });

  it.each<[string, Component]>([
    ['type', { ...api, type: 'job' }],
    ['options', { ...api, options: { replicas: 3 } }],
    ['command', { ...api, containers: [migrate, withCarried({ command: ['/server'] }), proxy] }],
    ['args', { ...api, containers: [migrate, withCarried({ args: ['--fast'] }), proxy] }],
    ['env', { ...api, containers: [migrate, withCarried({ env: [] }), proxy] }],
    ['ports', { ...api, containers: [migrate, withCarried({ ports: [80] }), proxy] }],
    ['order', { ...api, containers: [migrate, proxy, server] }],
  ])('differs when the carried %s differs', (_, other) => {
    expect(componentVersion(null, { ...finished, component: other })).not.toBe(
      componentVersion(null, finished),
    );
  });

  it('differs when the same image lies in another repository', () => {
    const moved = changed('server', { image: `other.example.com/server@${digestOf('x')}` });
    expect(componentVersion(null, moved)).not.toBe(componentVersion(null, finished));
  });

  it('does not depend on the order of keys in options', () => {
    const one = { ...api, options: { a: 1, b: { c: 2, d: [3] } } };
    const other = { ...api, options: { b: { d: [3], c: 2 }, a: 1 } };
    expect(componentVersion(null, { ...finished, component: one })).toBe(
      componentVersion(null, { ...finished, component: other }),
    );
  });

  it('fails when a container is not finished', () => {
    expect(() =>
      componentVersion(null, { ...finished, containers: finished.containers.slice(1) }),
    ).toThrow('api/migrate');
  });
});

function withCarried(carried: Component['containers'][number]['carried']) {
  return { ...server, carried: { ...server.carried, ...carried } };
}

describe('applicationVersion', () => {
  const input = {
    application: { name: 'shop', version: null },
    components: ['web', 'api'].map((name) => ({
      name,
      version: `0.0.0-g1234567890.i${name === 'web' ? '00000001' : '00000002'}`,
      package: { object: `components/shop/${name}/1.zip`, sha256: digestOf(name).slice(7) },
    })),
    containers: finished.containers.map((item) => ({ ...item, component: 'api' })),
  };

  it('is the explicit version as given', () => {
    const application = { name: 'shop', version: '2.0.0-rc.1' };
    expect(applicationVersion({ ...input, application })).toBe('2.0.0-rc.1');
  });

  it('is a SemVer that names the commit, the same in any order', () => {
    const version = applicationVersion(input);
    expect(version).toMatch(semver);
    expect(version).toMatch(/^0\.0\.0-g1234567890\.i[0-9a-f]{8}$/);
    const reversed = {
      ...input,
      components: input.components.toReversed(),
      containers: input.containers.toReversed(),
    };
    expect(applicationVersion(reversed)).toBe(version);
  });

  it('differs when any input digest differs', () => {
    const version = applicationVersion(input);
    fc.assert(
      fc.property(fc.nat({ max: 1 }), digest, (index, inputDigest) => {
        const containers = input.containers.with(index, {
          ...input.containers[index]!,
          inputDigest,
        });
        expect(applicationVersion({ ...input, containers })).not.toBe(version);
      }),
    );
  });

  it('differs when a component carries something else', () => {
    const components = input.components.with(0, { ...input.components[0]!, version: '0.0.0-x' });
    expect(applicationVersion({ ...input, components })).not.toBe(applicationVersion(input));
  });
});

describe('versionOfResults', () => {
  const derived = componentVersion(null, finished);

  it('adds what the images are, in whatever order they come', () => {
    const version = versionOfResults(derived, finished);
    expect(version).toMatch(semver);
    expect(version.startsWith(`${derived}.o`)).toBe(true);
    const reversed = { ...finished, containers: finished.containers.toReversed() };
    expect(versionOfResults(derived, reversed)).toBe(version);
  });

  it('tells other images apart', () => {
    const other = changed('server', { digest: digestOf('another result') });
    expect(versionOfResults(derived, other)).not.toBe(versionOfResults(derived, finished));
  });
});

describe('versionTag', () => {
  it.each([
    ['1.4.0', '1.4.0'],
    ['1.4.0+build.7', '1.4.0_build.7'],
    ['1+2+3', '1_2_3'],
  ])('makes %s the tag %s', (version, tag) => {
    expect(versionTag(version)).toBe(tag);
  });

  it('keeps different SemVers different', () => {
    const version = fc.stringMatching(
      /^[0-9]\.[0-9]\.[0-9](-[0-9a-z]{1,3}(\.[a-z-]{1,3})?)?(\+[0-9a-z.-]{1,4})?$/,
    );
    fc.assert(
      fc.property(version, version, (one, other) => {
        expect(versionTag(one) === versionTag(other)).toBe(one === other);
      }),
    );
  });
});
