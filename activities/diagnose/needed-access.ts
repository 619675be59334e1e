/** A right that the worker's account needs; without a namespace it is about the whole cluster. */
export interface NeededAccess {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly scope: 'namespace' | 'cluster';
  /** What does not work without it. */
  readonly purpose: string;
}

/** Exactly what workers ask of the Kubernetes API; `deploy/` grants this and nothing else. */
export const neededAccess: readonly NeededAccess[] = [
  access('create', 'pods', 'builder Pods'),
  access('get', 'pods', 'the truth about a Pod'),
  access('list', 'pods', 'the informer, the sweeper'),
  access('watch', 'pods', 'the informer'),
  access('delete', 'pods', 'cleaning up'),
  { ...access('get', 'pods', 'logs of builds'), subresource: 'log' },
  access('list', 'events', 'why a Pod does not start'),
  access('get', 'secrets', 'logins of git servers and registries'),
  { ...access('get', 'nodes', 'telling that a node is lost'), scope: 'cluster' },
];

function access(verb: string, resource: string, purpose: string): NeededAccess {
  return { verb, resource, scope: 'namespace', purpose };
}
