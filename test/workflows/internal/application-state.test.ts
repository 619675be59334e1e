import type { QueryDefinition } from '@temporalio/common';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { AssembleComponentOutput } from '../../../workflows/contract/activities.ts';
import type {
  BuildStatus,
  ComponentResult,
  ContainerResult,
  ContainerStatus,
} from '../../../workflows/contract/build.ts';
import { containerFailure } from '../../../workflows/internal/failure-of.ts';
import { ApplicationBuildState } from '../../../workflows/internal/application-state.ts';
import type {
  BuildContainerOutput,
  BuildSummary,
  ContainerPlan,
} from '../../../workflows/contract/messages.ts';
import { definition, parsed } from '../../definition/definitions.ts';
import { containerResult, digest } from '../../support/results.ts';

/** What a workflow registers; its sandbox and its queries are tested under test/cluster. */
const temporal = vi.hoisted(() => ({
  handlers: new Map<string, (...args: readonly unknown[]) => unknown>(),
  details: [] as string[],
}));
vi.mock('@temporalio/workflow', () => ({
  setHandler: ({ name }: QueryDefinition<unknown>, handler: () => unknown) =>
    temporal.handlers.set(name, handler),
  setCurrentDetails: (text: string) => temporal.details.push(text),
}));
beforeEach(() => {
  temporal.handlers.clear();
  temporal.details.length = 0;
});

const application = parsed(
  `${definition('{ name: a }', '{ name: b }')}\n    - { name: web, containers: [{ name: proxy, image: busybox }] }`,
);
const [api, web] = application.components as [
  (typeof application.components)[number],
  (typeof application.components)[number],
];

const state = (): ApplicationBuildState =>
  new ApplicationBuildState('shop/k1', { application, force: 'none' });
const asked = (name: string): ComponentResult =>
  temporal.handlers.get('component')?.(name) as ComponentResult;
const summary = (): BuildSummary => temporal.handlers.get('build')?.() as BuildSummary;
const statuses = (name = 'api'): readonly ContainerStatus[] =>
  asked(name).containers.map(({ status }) => status);

function bring(build: ApplicationBuildState, name: string, status: ContainerStatus): void {
  const container = api.containers.find((candidate) => candidate.name === name);
  if (container === undefined) throw new Error(`no container ${name}`);
  if (status !== 'queued') build.started(api, container);
  if (status !== 'queued' && status !== 'running') build.ended('api', ended(name, { status }));
}
function ended(name: string, changes: Partial<ContainerResult> = {}): BuildContainerOutput {
  const result = containerResult({ name, status: 'built', digest, ...changes });
  return { result, commit: 'c0ffee', warnings: [] };
}
function assembled(name: string, changes: Partial<AssembleComponentOutput> = {}) {
  const ref = { object: `components/shop/${name}/1.zip`, sha256: 'ab' };
  return { name, version: '1', package: ref, ...changes };
}

describe('a component', () => {
  test.each<[ContainerStatus, ContainerStatus, BuildStatus, BuildStatus]>([
    ['queued', 'queued', 'running', 'queued'],
    ['queued', 'running', 'running', 'running'],
    ['built', 'queued', 'running', 'running'],
    ['failed', 'running', 'running', 'running'],
    ['built', 'failed', 'running', 'failed'],
    ['cancelled', 'failed', 'cancelled', 'failed'],
    ['built', 'cancelled', 'running', 'cancelled'],
    ['built', 'skipped', 'failed', 'failed'],
    ['built', 'skipped', 'cancelled', 'cancelled'],
    ['built', 'unchanged', 'running', 'running'],
    ['built', 'unchanged', 'failed', 'failed'],
    ['built', 'unchanged', 'cancelled', 'cancelled'],
  ])('whose containers are %s and %s in a build that is %s is %s', (a, b, whole, expected) => {
    const build = state();
    bring(build, 'a', a);
    bring(build, 'b', b);
    build.end(whole);
    expect(asked('api').status).toBe(expected);
  });

  test('has succeeded when its package is there, whatever becomes of others', () => {
    const build = state();
    bring(build, 'a', 'built');
    bring(build, 'b', 'unchanged');
    build.packaged(assembled('api'));
    build.end('failed');
    expect(asked('api')).toMatchObject({ status: 'succeeded', package: assembled('api').package });
    expect(asked('web')).toMatchObject({ status: 'queued', package: null });
  });

  test('brings what is to be known of its package to the build', () => {
    const build = state();
    build.packaged(assembled('api', { warnings: ['another result'] }));
    expect(summary().warnings).toContain('api: another result');
  });

  test.each<[ContainerStatus, boolean]>([
    ['built', true],
    ['unchanged', true],
    ['existing', true],
    ['queued', false],
    ['running', false],
    ['failed', false],
    ['cancelled', false],
    ['skipped', false],
  ])('with a container %s is complete: %s', (status, complete) => {
    const build = state();
    bring(build, 'a', 'built');
    bring(build, 'b', status);
    expect(build.isComplete(api)).toBe(complete);
  });

  test('is assembled by the first who claims it', () => {
    const build = state();
    expect([api, web, api, web].map((each) => build.claimPackage(each))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('that does not exist is told', () => {
    state();
    expect(() => asked('shop')).toThrow('this build has no component shop');
  });
});

describe('the version’s tag', () => {
  test('is one of every image built for the component, none of existing ones', () => {
    const build = state();
    build.ended('api', ended('a', { tags: ['latest'] }));
    build.ended('api', ended('b', { status: 'unchanged' }));
    build.ended('web', ended('proxy', { status: 'existing' }));
    build.packaged(assembled('api', { tags: ['1.4.0'] }));
    build.packaged(assembled('web', { tags: ['1.4.0'] }));
    expect(asked('api').containers.map(({ tags }) => tags)).toEqual([
      ['latest', '1.4.0'],
      ['1.4.0'],
    ]);
    expect(asked('web').containers.map(({ tags }) => tags)).toEqual([[]]);
  });

  test('is told once where the definition has it as well', () => {
    const build = state();
    build.ended('api', ended('a', { tags: ['1.4.0', 'latest'] }));
    build.packaged(assembled('api', { tags: ['1.4.0'] }));
    expect(asked('api').containers[0]?.tags).toEqual(['1.4.0', 'latest']);
  });
});

describe('what was not built', () => {
  test('is skipped with the failure that stopped the build; what has ended stays', () => {
    const build = state();
    bring(build, 'a', 'built');
    bring(build, 'b', 'running');
    const failure = containerFailure('SourceNotFound', 'no such ref');
    build.skipUnended(failure);
    expect(statuses()).toEqual(['built', 'skipped']);
    expect(statuses('web')).toEqual(['skipped']);
    expect(asked('api').containers.map((container) => container.failure)).toEqual([null, failure]);
  });

  test('is skipped without one by a cancel', () => {
    state().skipUnended(null);
    expect(asked('api').containers).toMatchObject([
      { status: 'skipped', failure: null },
      { status: 'skipped', failure: null },
    ]);
  });
});

describe('a container that was cancelled by itself', () => {
  const signalled = (component: string, output: BuildContainerOutput): unknown =>
    temporal.handlers.get('containerCancelled')?.(component, output);

  test('has the result that its own build signals', () => {
    state();
    signalled('api', ended('b', { status: 'cancelled' }));
    expect(statuses()).toEqual(['queued', 'cancelled']);
  });

  test.each([
    ['component', 'shop', 'b'],
    ['container', 'api', 'proxy'],
  ])('of a %s that the build does not have changes nothing', (_, component, name) => {
    state();
    const before = summary();
    signalled(component, { ...ended(name, { status: 'cancelled' }), warnings: ['odd'] });
    expect([...statuses(), ...statuses('web')]).toEqual(['queued', 'queued', 'queued']);
    expect(summary()).toEqual(before);
  });
});

test('failures are kept with their place, in the order they came', () => {
  const build = state();
  const failure = containerFailure('OutOfMemory', 'no room');
  build.ended('api', ended('b', { status: 'failed', failure }));
  build.ended('api', ended('a'));
  build.ended('web', ended('proxy', { status: 'failed', failure }));
  expect(build.failures.map(({ where }) => where)).toEqual(['api/b', 'web/proxy']);
});

test('the summary names components only, and has version and package once published', () => {
  const build = state();
  const known = { buildId: 'shop/k1', application: 'shop', components: ['api', 'web'] };
  expect(summary()).toMatchObject({ ...known, version: null, status: 'running', package: null });
  const ref = { object: 'applications/shop/1.zip', sha256: 'ab' };
  build.published('0.0.0-g1', ref);
  build.end('succeeded');
  expect(summary()).toMatchObject({
    ...known,
    version: '0.0.0-g1',
    status: 'succeeded',
    package: ref,
  });
});

describe('a plan', () => {
  const plan = (): ApplicationBuildState =>
    new ApplicationBuildState('shop/k1', { application, force: 'none', mode: 'plan' });
  const planned = (name: string) => temporal.handlers.get('plan')?.(name) as ContainerPlan[];

  test('of a component has succeeded when all its containers have a verdict', () => {
    const build = plan();
    bring(build, 'a', 'skipped');
    expect(asked('api').status).toBe('running');
    bring(build, 'b', 'unchanged');
    expect(asked('api').status).toBe('succeeded');
    expect(asked('web').status).toBe('queued');
  });

  test.each(['failed', 'cancelled'] as const)('with a container %s is %s', (status) => {
    const build = plan();
    bring(build, 'a', 'skipped');
    bring(build, 'b', status);
    expect(asked('api').status).toBe(status);
  });

  test('that is cancelled has no success without a verdict', () => {
    const build = plan();
    bring(build, 'a', 'skipped');
    build.skipUnended(null);
    build.end('cancelled');
    expect([asked('api').status, asked('web').status]).toEqual(['cancelled', 'cancelled']);
  });

  test('lists the containers that have ended, in a build as well', () => {
    const build = state();
    bring(build, 'b', 'running');
    build.ended('api', { ...ended('a'), warnings: ['look'] });
    expect(planned('api')).toEqual([
      {
        component: 'api',
        name: 'a',
        result: ended('a').result,
        commit: 'c0ffee',
        rendered: null,
        warnings: ['look'],
      },
    ]);
    expect(planned('web')).toEqual([]);
    expect(() => planned('shop')).toThrow('this build has no component shop');
  });
});

test('a definition that was read again is what is built', () => {
  const build = state();
  const [first] = application.components;
  build.replace({
    ...application,
    version: '2.0.0',
    components: first === undefined ? [] : [first],
  });
  expect(summary()).toMatchObject({ version: '2.0.0', components: ['api'] });
  expect(() => asked('web')).toThrow('no component web');
});

test('the summary tells mode, trigger and what the build as a whole failed of', () => {
  const trigger = { kind: 'schedule', schedule: 'nightly' } as const;
  const build = new ApplicationBuildState('shop/k1', { application, force: 'none', trigger });
  expect(summary()).toMatchObject({ mode: 'build', trigger });
  expect(summary()).not.toHaveProperty('failure');
  const failure = containerFailure('VersionExists', '1.4.0 is published');
  build.failed(failure);
  build.end('failed');
  expect(summary()).toMatchObject({ status: 'failed', failure });
});

test('every change is shown in the Temporal UI', () => {
  const build = state();
  const shown = (): string => temporal.details.at(-1) ?? '';
  expect(shown()).toContain('3 queued');
  bring(build, 'a', 'running');
  expect(shown()).toContain('1 running');
  build.ended('api', ended('a'));
  expect(shown()).toContain('1 built');
  build.skipUnended(null);
  expect(shown()).toContain('2 skipped');
  build.end('cancelled');
  expect(shown()).toContain('**cancelled**');
});
