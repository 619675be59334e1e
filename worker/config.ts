import { z } from 'zod';
import { defaultTaskQueue } from '../workflows/contract/ids.ts';
import {
  certificateFile,
  directories,
  file,
  imageReference,
  list,
  listenAddress,
  memory,
  mirrors,
  oneNamespace,
  positive,
  proxy,
  registryHosts,
} from './setting-types.ts';

/** What a process does: run workflows, fetch and render and package, create and await Pods. */
const roles = ['workflow', 'source', 'pods'] as const;
export type Role = (typeof roles)[number];

const seconds = { unit: 'seconds' } as const;

/** Every setting of a worker, by the variable that sets it. */
export const WorkerSettings = z.object({
  SLIPWAY_INSTALLATION: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .default('default')
    .describe('Name of this installation: a label value of its Pods'),
  SLIPWAY_TASK_QUEUE: z
    .string()
    .min(1)
    .default(defaultTaskQueue)
    .describe('Base task queue; activities run on `<it>-source`, `<it>-requests` and `<it>-pods`'),
  SLIPWAY_ROLES: list
    .prefault(roles.join(','))
    .pipe(z.array(z.enum(roles)).min(1, { error: 'at least one role' }))
    .describe(
      'What this process does: `workflow`, `source` (git, rendering, registry, packages), `pods` (create and await builder Pods). Every role needs a process somewhere',
    ),
  SLIPWAY_KUBECONFIG: z
    .string()
    .optional()
    .describe('kubeconfig file; absent: KUBECONFIG, else the Pod’s service account'),
  SLIPWAY_KUBE_CONTEXT: z.string().optional().describe('Context of the kubeconfig to use'),
  SLIPWAY_NAMESPACES: oneNamespace
    .prefault('slipway')
    .describe(
      'Namespace of builder Pods and of the Secrets that definitions name, one alone; to be changed only while nothing is built, because Pods are looked for there',
    ),
  SLIPWAY_STORE_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'expected https://<host>[:<port>]' })
    .describe('Object store (S3), as worker and Pods reach it'),
  SLIPWAY_STORE_CLIENT_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'expected https://<host>[:<port>]' })
    .optional()
    .describe('The same store, as clients reach it (logs, packages); absent: as Pods do'),
  SLIPWAY_STORE_BUCKET: z.string().default('slipway').describe('Bucket in the store'),
  SLIPWAY_STORE_REGION: z.string().default('us-east-1').describe('Region of the bucket'),
  SLIPWAY_STORE_ACCESS_KEY_FILE: file.describe('File that holds the store’s access key'),
  SLIPWAY_STORE_SECRET_KEY_FILE: file.describe('File that holds the store’s secret key'),
  SLIPWAY_CA_BUNDLE: certificateFile
    .optional()
    .describe('PEM file of CAs beside the system’s: for git, registries, store and builder Pods'),
  SLIPWAY_REGISTRY_MIRRORS: mirrors
    .prefault('')
    .describe('Registry mirrors as `<host>=<mirror host>,…`, for planning and for builders'),
  SLIPWAY_PLAIN_HTTP_REGISTRIES: registryHosts
    .prefault('')
    .describe('Registry hosts that are spoken to over plain http'),
  SLIPWAY_HTTPS_PROXY: proxy
    .optional()
    .describe('Proxy for https addresses: git, registries and builder Pods; without a login'),
  SLIPWAY_HTTP_PROXY: proxy.optional().describe('Proxy for http addresses; without a login'),
  SLIPWAY_NO_PROXY: list
    .prefault('')
    .describe('Hosts, domains (`.example.com`) and networks that are spoken to without the proxy'),
  SLIPWAY_BUILDER: z
    .enum(['auto', 'kaniko', 'buildah'])
    .default('auto')
    .describe('Default builder; `auto` is Kaniko where its image can be pulled, else Buildah'),
  SLIPWAY_KANIKO_IMAGE: imageReference
    .default('ghcr.io/osscontainertools/kaniko:v1.28.3')
    .describe('Kaniko executor image; a tag is pinned to its digest when the worker starts'),
  SLIPWAY_BUILDAH_IMAGE: imageReference
    .optional()
    .describe(
      'Buildah image, 1.39 or later (before, a RUN could read the logins of its Pod); a tag is pinned to its digest when the worker starts',
    ),
  SLIPWAY_CONTEXT_IMAGE: imageReference
    .default('public.ecr.aws/docker/library/node:24-slim')
    .describe(
      'Image with Node.js 24 and tar, in which builder Pods fetch their context: the worker’s own will do; a tag is pinned to its digest when the worker starts',
    ),
  SLIPWAY_FILE_ROOTS: directories
    .prefault('')
    .describe(
      'Directories (with `:` between them) under which `file` sources may lie; none: `file` sources are refused',
    ),
  SLIPWAY_WORK_DIRECTORY: z
    .string()
    .default('/var/lib/slipway')
    .describe(
      'Directory for git repositories, trees and temporary files, of this machine or Pod alone (never a shared volume); may be lost',
    ),
  SLIPWAY_GIT_PATH: directories
    .prefault('')
    .describe(
      'Directories (with `:` between them) in which git, git-lfs and ssh are looked for before the system’s; none: only there',
    ),
  SLIPWAY_MEMORY_CEILING: memory
    .default('8Gi')
    .meta({ unit: 'Kubernetes quantity' })
    .describe('Up to this limit a build that ran out of memory is tried again with twice as much'),
  SLIPWAY_LONGEST_BACK_OFF: positive
    .default(900)
    .meta(seconds)
    .describe('How long the wait between two attempts takes at most, whatever the first failed of'),
  SLIPWAY_WORKFLOW_BUNDLE: file
    .optional()
    .describe(
      'File that `node worker/write-bundle.ts` made of the same code, as the image has it; absent: the workflows are bundled at the start',
    ),
  SLIPWAY_IMAGE_PULL_GRACE: positive
    .default(120)
    .meta(seconds)
    .describe('How long a builder image may stay unpullable before the attempt fails'),
  SLIPWAY_NODE_LOST_AFTER: positive
    .default(60)
    .meta(seconds)
    .describe('How long a node may be unreachable before its Pod is given up'),
  SLIPWAY_SWEEP_INTERVAL: positive
    .default(60)
    .meta(seconds)
    .describe('Time between two looks for Pods whose build is closed'),
  SLIPWAY_POD_LEASE: positive
    .optional()
    .meta(seconds)
    .describe(
      'How long a wait for a Pod keeps its place on a worker before others have a turn; absent: until the Pod ends',
    ),
  SLIPWAY_MAX_POD_WAITS: positive.default(500).describe('Pods that this worker waits for at once'),
  SLIPWAY_MAX_SOURCE_ACTIVITIES: positive
    .default(8)
    .describe('Fetches, archives and renderings that run on this worker at once'),
  SLIPWAY_DRAIN_TIME: positive
    .default(30)
    .meta(seconds)
    .describe(
      'From SIGTERM to the end at the latest: activities get two thirds of it to finish, then are handed over',
    ),
  SLIPWAY_HEALTH_ADDRESS: listenAddress
    .optional()
    .describe('`<IP address>:<port>` that answers `/healthz` and `/readyz`; absent: none'),
  SLIPWAY_METRICS_ADDRESS: listenAddress
    .optional()
    .describe('`<IP address>:<port>` that answers `/metrics` (Prometheus); absent: none'),
  SLIPWAY_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Log level'),
});
export type WorkerSettings = Readonly<z.infer<typeof WorkerSettings>>;

/** Settings that cannot be used; the message names every variable at fault. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * @param environment variables, e.g. `process.env`; unknown `SLIPWAY_…` ones are left alone, because
 *   other commands have settings too
 * @throws SettingsError
 */
export function parseSettings(environment: NodeJS.ProcessEnv): WorkerSettings {
  const parsed = WorkerSettings.safeParse(environment);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `  ${name}: ${environment[name] === undefined ? 'is not set' : issue.message}`;
  });
  throw new SettingsError(`the worker's settings are not usable:\n${lines.join('\n')}`);
}
