import { expect, test } from 'vitest';
import { applicationOf, names } from '../../support/workflows/applications.ts';
import { endOf, resultOf, statusesOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { eventsOf, payloadSizes } from '../../support/workflows/histories.ts';
import { podsFailing, standInActivities } from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();
const limit = 64 * 1024;

test('an application of 60 containers is built with small payloads', async () => {
  const components = Object.fromEntries(
    names('component', 6).map((name) => [name, names('container', 10)]),
  );
  const standIn = standInActivities(podsFailing({ 'component3/container7': ['NodeLost'] }));
  await using build = await temporal.build(standIn, applicationOf(components, { maxParallel: 20 }));

  expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
  const result = await resultOf(build.handle);
  expect(Object.values(statusesOf(result)).filter((status) => status === 'built')).toHaveLength(60);
  expect(standIn.begun('createBuildPod')).toHaveLength(61);
  expect(standIn.begun('assembleComponent')).toHaveLength(6);
  expect(standIn.livePods.size).toBe(0);

  const parent = await eventsOf(build.handle);
  const child = await eventsOf(build.child('component3', 'container7'));
  // The first event of a build holds the definition.
  const sizes = [...parent.slice(1), ...child].flatMap(payloadSizes);
  expect(sizes.length).toBeGreaterThan(100);
  expect(sizes.filter(({ bytes }) => bytes > limit)).toEqual([]);
  expect(parent.length).toBeLessThanOrEqual(60 * 12);
});
