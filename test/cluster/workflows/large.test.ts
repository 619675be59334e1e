import { expect, test } from 'vitest';
import { applicationOf, builtContainer, names } from '../../support/workflows/applications.ts';
import { endOf, resultOf, statusesOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { eventsOf, payloadSizes } from '../../support/workflows/histories.ts';
import {
  digestOf,
  podsFailing,
  standInActivities,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();
const limit = 64 * 1024;
/** What Temporal sets for the summary of an activity, `limit.userMetadataSummarySize`. */
const summaryLimit = 400;

test('an application of 120 containers is built with small payloads', async () => {
  // As many in one component as a definition may have, and components of one with a source each.
  const longRef = `feature/${'a-long-name-'.repeat(15)}`;
  const components = {
    component0: names('container', 100),
    ...Object.fromEntries(
      names('single', 20).map((name) => [
        name,
        [
          builtContainer(name, 'container', {
            source: { git: 'https://git.test/shop.git', ref: `${longRef}${name}` },
          }),
        ],
      ]),
    ),
  };
  const standIn = standInActivities({
    ...podsFailing({ 'component0/container7': ['NodeLost'] }),
    // Most are there already: Pods are not what is large.
    renderDockerfile: async (input, usual) => ({
      ...(await usual(input)),
      unchanged: /^component0\/container(?!7$)/.test(input.container.context)
        ? digestOf(input.container.context)
        : null,
    }),
  });
  await using build = await temporal.build(standIn, applicationOf(components, { maxParallel: 40 }));

  expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
  const result = await resultOf(build.handle);
  const statuses = Map.groupBy(Object.values(statusesOf(result)), (status) => status);
  expect(statuses.get('built')).toHaveLength(21);
  expect(statuses.get('unchanged')).toHaveLength(99);
  expect(standIn.begun('createBuildPod')).toHaveLength(22);
  expect(standIn.begun('assembleComponent')).toHaveLength(21);
  expect(standIn.livePods.size).toBe(0);

  const parent = await eventsOf(build.handle);
  const child = await eventsOf(build.child('component0', 'container7'));
  // The first event of a build holds the definition.
  const sizes = [...parent.slice(1), ...child].flatMap(payloadSizes);
  expect(sizes.length).toBeGreaterThan(100);
  expect(sizes.filter(({ bytes }) => bytes > limit)).toEqual([]);
  const summaries = sizes.filter(({ where }) => where.includes('summary'));
  expect(summaries.length).toBeGreaterThan(100);
  expect(summaries.filter(({ bytes }) => bytes > summaryLimit)).toEqual([]);
  expect(parent.length).toBeLessThanOrEqual(120 * 12);
});
