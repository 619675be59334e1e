import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { defaultTaskQueue } from '../workflows/contract/ids.ts';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
/** As PATH: directories with a colon between them. */
const directories = z.string().transform((text) => text.split(':').filter(Boolean));
const positive = z.coerce.number().int().positive();

/** `docker.io=10.64.3.1:5000,quay.io=…` */
const mirrors = list.transform((items, context) =>
  Object.fromEntries(
    items.map((item) => {
      const [host, mirror, ...rest] = item.split('=');
      if (host && mirror && rest.length === 0) return [host, mirror] as const;
      context.addIssue({ code: 'custom', message: `"${item}" is not <host>=<mirror host>` });
      return ['', ''] as const;
    }),
  ),
);

/**
 * A file whose content is the value: a secret's name until the moment of use. Who gives the secret
 * in its place does not find it in the log.
 */
const file = z
  .string()
  .refine(isReadable, { error: 'names no file that can be read (its value is not shown)' });

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
    .describe('Base task queue; activities run on `<it>-source` and `<it>-pods`'),
  SLIPWAY_KUBECONFIG: z
    .string()
    .optional()
    .describe('kubeconfig file; absent: KUBECONFIG, else the Pod’s service account'),
  SLIPWAY_KUBE_CONTEXT: z.string().optional().describe('Context of the kubeconfig to use'),
  SLIPWAY_NAMESPACES: list
    .prefault('slipway')
    .refine((items) => items.length > 0, { error: 'at least one namespace' })
    .describe('Namespaces that builder Pods may go to; they go to the first'),
  SLIPWAY_STORE_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'expected https://<host>[:<port>]' })
    .describe('Object store (S3), as worker and Pods reach it'),
  SLIPWAY_STORE_BUCKET: z.string().default('slipway').describe('Bucket in the store'),
  SLIPWAY_STORE_REGION: z.string().default('us-east-1').describe('Region of the bucket'),
  SLIPWAY_STORE_ACCESS_KEY_FILE: file.describe('File that holds the store’s access key'),
  SLIPWAY_STORE_SECRET_KEY_FILE: file.describe('File that holds the store’s secret key'),
  SLIPWAY_CA_BUNDLE: file
    .optional()
    .describe('PEM file of CAs beside the system’s: for git, registries, store and builder Pods'),
  SLIPWAY_REGISTRY_MIRRORS: mirrors
    .prefault('')
    .describe('Registry mirrors as `<host>=<mirror host>,…`, for planning and for builders'),
  SLIPWAY_PLAIN_HTTP_REGISTRIES: list
    .prefault('')
    .describe('Registry hosts that are spoken to over plain http'),
  SLIPWAY_BUILDER: z
    .enum(['auto', 'kaniko', 'buildah'])
    .default('auto')
    .describe('Default builder; `auto` is Kaniko where its image can be pulled, else Buildah'),
  SLIPWAY_KANIKO_IMAGE: z
    .string()
    .default('ghcr.io/osscontainertools/kaniko:v1.28.3')
    .describe('Kaniko executor image; a tag is pinned to its digest when the worker starts'),
  SLIPWAY_BUILDAH_IMAGE: z
    .string()
    .optional()
    .describe('Buildah image; a tag is pinned to its digest when the worker starts'),
  SLIPWAY_FILE_ROOTS: directories
    .prefault('')
    .describe(
      'Directories (with `:` between them) under which `file` sources may lie; none: `file` sources are refused',
    ),
  SLIPWAY_WORK_DIRECTORY: z
    .string()
    .default('/var/lib/slipway')
    .describe('The worker’s own directory: git repositories, trees, temporary files'),
  SLIPWAY_IMAGE_PULL_GRACE: positive
    .default(120)
    .describe('Seconds that a builder image may stay unpullable before the attempt fails'),
  SLIPWAY_NODE_LOST_AFTER: positive
    .default(60)
    .describe('Seconds after which a Pod on an unreachable node is given up'),
  SLIPWAY_MAX_POD_WAITS: positive.default(500).describe('Pods that this worker waits for at once'),
  SLIPWAY_MAX_SOURCE_ACTIVITIES: positive
    .default(8)
    .describe('Git, archive and registry activities that run on this worker at once'),
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

function isReadable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
