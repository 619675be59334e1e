import { expect, test } from 'vitest';
import { planText } from '../../../cli/view/plan.ts';
import type { Painter } from '../../../cli/view/format.ts';
import type { ContainerPlan } from '../../../workflows/contract/messages.ts';
import { builtResult, containerResult, digest, failureResult } from '../../support/results.ts';

const plain: Painter = (_style, text) => text;
const commit = 'c'.repeat(40);

function planned(name: string, changes: Partial<ContainerPlan> = {}): ContainerPlan {
  return {
    component: 'api',
    name,
    result: containerResult({ name, status: 'skipped' }),
    commit,
    rendered: {
      context: { object: 'contexts/x.tar.gz', digest, size: 1 },
      dockerfile: { object: 'dockerfiles/x', digest },
      bases: [{ name: 'debian:12', digest }],
      builder: { name: 'buildah', image: `registry.test/buildah@${digest}` },
      inputDigest: digest,
    },
    warnings: [],
    ...changes,
  };
}

const toBuild = planned('server', {
  result: containerResult({
    name: 'server',
    status: 'skipped',
    why: { verdict: 'build', changes: [{ what: 'dockerfile', from: null, to: null }] },
  }),
  warnings: ['line 3: ADD of a URL without a checksum'],
});
const unchanged = planned('migrate', {
  result: builtResult('migrate', {
    status: 'unchanged',
    why: { verdict: 'unchanged', changes: [] },
  }),
});
const existing = planned('proxy', {
  commit: null,
  rendered: null,
  result: builtResult('proxy', { status: 'existing', why: { verdict: 'existing', changes: [] } }),
});

test('a plan says what would be built, why, and from what', () => {
  const text = planText(
    { application: 'shop', containers: [toBuild, unchanged, existing], failure: null },
    plain,
  );
  expect(text.split('\n')).toEqual([
    'shop: 1 to build, 1 unchanged, 1 existing',
    '  api/server  build',
    '      dockerfile',
    `      commit ${commit}`,
    `      base debian:12 ${digest}`,
    '      warning: line 3: ADD of a URL without a checksum',
    '  api/migrate  unchanged',
    `      image registry.test/shop/api-migrate@${digest}`,
    `      commit ${commit}`,
    `      base debian:12 ${digest}`,
    '  api/proxy  existing',
    `      image registry.test/shop/api-proxy@${digest}`,
  ]);
});

test('a container that would fail says why and what to do, and is in the bill', () => {
  const failing = planned('server', {
    rendered: null,
    result: containerResult({ status: 'failed', failure: failureResult('TemplateInvalid') }),
  });
  const failure = failureResult('TemplateInvalid');
  const text = planText({ application: 'shop', containers: [failing], failure }, plain);
  expect(text.split('\n')).toEqual([
    'shop: 1 would fail',
    '',
    'api/server: TemplateInvalid',
    '  what failed',
    '  What to do: Do something.',
  ]);
});

test('a failure of the plan as a whole is told where no container has one', () => {
  const failure = failureResult('InvalidDefinition');
  const text = planText({ application: 'shop', containers: [], failure }, plain);
  expect(text).toBe('shop\n\nshop: InvalidDefinition\n  what failed\n  What to do: Do something.');
});

test('rendered Dockerfiles come with their container when asked for', () => {
  const dockerfiles = new Map([['api/server', 'FROM debian@sha256:1\nRUN true\n']]);
  const text = planText(
    { application: 'shop', containers: [toBuild, unchanged], failure: null, dockerfiles },
    plain,
  );
  expect(text).toContain('      | FROM debian@sha256:1\n      | RUN true\n  api/migrate');
});
