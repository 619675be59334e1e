import type { V1Pod } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { createPodLedger } from './pod-ledger.ts';
import type { PodEvent } from './pod-watch.ts';

function podOf(uid: string, container: string, phase = 'Running'): V1Pod {
  return {
    metadata: {
      uid,
      name: `bld-${uid}`,
      labels: { 'app.kubernetes.io/managed-by': 'slipway', 'slipway/container': container },
    },
    status: { phase },
  };
}

const added = (uid: string, container = 'server', phase?: string): PodEvent => ({
  type: 'ADDED',
  pod: podOf(uid, container, phase),
});
const deleted = (uid: string): PodEvent => ({ type: 'DELETED', pod: podOf(uid, 'server') });

test.each<{ name: string; events: readonly PodEvent[]; breaches: number }>([
  { name: 'one', events: [added('a')], breaches: 0 },
  { name: 'one, told twice', events: [added('a'), added('a')], breaches: 0 },
  { name: 'one after the other', events: [added('a'), deleted('a'), added('b')], breaches: 0 },
  { name: 'two of two containers', events: [added('a'), added('b', 'worker')], breaches: 0 },
  { name: 'two at once', events: [added('a'), added('b')], breaches: 1 },
  { name: 'a third beside two', events: [added('a'), added('b'), added('c')], breaches: 3 },
  {
    name: 'one beside one that has ended but still exists',
    events: [added('a', 'server', 'Succeeded'), added('b')],
    breaches: 1,
  },
  {
    name: 'Pods that are not builders',
    events: ['a', 'b'].map((uid) => ({ type: 'ADDED', pod: { metadata: { uid, name: uid } } })),
    breaches: 0,
  },
])('$name: $breaches breaches', ({ events, breaches }) => {
  const ledger = createPodLedger();
  expect(events.flatMap((event) => ledger.apply(event).breaches)).toHaveLength(breaches);
});
