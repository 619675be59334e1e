import { z } from 'zod';

const Node = z.object({
  spec: z.object({ taints: z.array(z.object({ key: z.string() })).optional() }),
  status: z.object({
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
      .optional(),
  }),
});

/**
 * Why no Pod would be scheduled on a node, or undefined when it is Ready and without the taint that
 * the controller-manager takes away last.
 *
 * @param node a v1 Node as the API server gives it
 */
export function nodeProblem(node: unknown): string | undefined {
  const { spec, status } = Node.parse(node);
  const ready = status.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'True')
    return `The node isn't Ready: ${ready?.message ?? 'it has not reported yet'}`;
  const taint = spec.taints?.find(({ key }) => key === 'node.kubernetes.io/not-ready');
  return taint === undefined ? undefined : `The node has the taint ${taint.key}.`;
}
