import { expect, test } from 'vitest';

import { nodeProblem } from '../../../dev/cluster/node-problem.ts';

function node(ready: string | undefined, taints: readonly string[] = []): unknown {
  const conditions =
    ready === undefined ? [] : [{ type: 'Ready', status: ready, message: 'PLEG is not healthy' }];
  return {
    spec: { taints: taints.map((key) => ({ key, effect: 'NoSchedule' })) },
    status: { conditions: [{ type: 'DiskPressure', status: 'False' }, ...conditions] },
  };
}

test.each([
  ['Ready', node('True'), /^none$/],
  ['Ready with a taint of somebody else', node('True', ['example.com/gpu']), /^none$/],
  ['new', node(undefined), 'has not reported yet'],
  ['not Ready', node('False'), 'PLEG is not healthy'],
  ['lost', node('Unknown'), "isn't Ready"],
  [
    'Ready and still tainted',
    node('True', ['node.kubernetes.io/not-ready']),
    'taint node.kubernetes.io/not-ready',
  ],
  ['without spec and status of any kind', { spec: {}, status: {} }, 'has not reported yet'],
])('a node that is %s', (_, value, problem) => {
  expect(nodeProblem(value) ?? 'none').toMatch(problem);
});
