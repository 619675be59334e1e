import { join } from 'node:path';

/** Where an instance keeps its things; all of it is under its home directory. */
export interface InstancePaths {
  readonly home: string;
  readonly instance: string;
  readonly environment: string;
  readonly journal: string;
  readonly logs: string;
  readonly processes: string;
  readonly config: string;
  readonly credentials: string;
  readonly certificates: string;
  readonly caBundle: string;
  readonly kubeconfig: string;
  readonly registryAuth: string;
  readonly storeAccessKey: string;
  readonly storeSecretKey: string;
  readonly work: string;
  readonly sources: string;
  readonly data: string;
  /** Directories that containerd and the kubelet see as /run, /var/lib and /var/log. */
  readonly node: { readonly run: string; readonly lib: string; readonly log: string };
  /** Bind mount that keeps their mount namespace alive; its parent is a private mount of its own. */
  readonly namespaces: string;
  readonly mountNamespace: string;
}

export function instancePaths(home: string): InstancePaths {
  const credentials = join(home, 'credentials');
  const node = join(home, 'node');
  const namespaces = join(home, 'namespaces');
  return {
    home,
    instance: join(home, 'instance.json'),
    environment: join(home, 'environment.json'),
    journal: join(home, 'journal.json'),
    logs: join(home, 'logs'),
    processes: join(home, 'processes'),
    config: join(home, 'config'),
    credentials,
    certificates: join(credentials, 'tls'),
    caBundle: join(home, 'ca.pem'),
    kubeconfig: join(home, 'kubeconfig'),
    registryAuth: join(credentials, 'registry-auth.json'),
    storeAccessKey: join(credentials, 'store-access-key'),
    storeSecretKey: join(credentials, 'store-secret-key'),
    work: join(home, 'work'),
    sources: join(home, 'sources'),
    data: join(home, 'data'),
    node: { run: join(node, 'run'), lib: join(node, 'lib'), log: join(node, 'log') },
    namespaces,
    mountNamespace: join(namespaces, 'mount'),
  };
}
