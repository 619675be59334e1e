/** Which build, and which of its containers, a workflow is about. */
export interface BuildIdentity {
  readonly buildId: string;
  readonly component?: string;
  readonly container?: string;
}

/**
 * Reads a workflow id: `<application>/<key>` is a build, `<build id>/<component>/<container>` a
 * container build; null for a workflow of another kind.
 */
export function buildIdentity(workflowId: string): BuildIdentity | null {
  const parts = workflowId.split('/');
  if (parts.includes('')) return null;
  const [application, key, component, container] = parts;
  const build = `${application}/${key}`;
  if (parts.length === 2) return { buildId: build };
  if (parts.length !== 4 || component === undefined || container === undefined) return null;
  return { buildId: build, component, container };
}
