import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { lineReporter } from '../../../cli/reporter.ts';
import { makePrograms } from '../../../dev/tools/acquire-programs.ts';
import { kustomizePart } from '../../../dev/tools/pins.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');

/** The overlay that an operator would write, for this environment. */
export interface DeploymentOptions {
  /** A directory for the overlay; made. */
  readonly directory: string;
  /** `repository@sha256:…` */
  readonly image: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Names of `deploy/components`. */
  readonly components: readonly string[];
  /** Kustomize's own: what this environment has differently. */
  readonly patches: readonly object[];
}

/** Renders `deploy/base` under an overlay with the real Kustomize, in the order to apply it in. */
export async function renderDeployment(
  options: DeploymentOptions,
): Promise<readonly KubernetesObject[]> {
  const { directory, image, settings, components, patches } = options;
  const [newName = '', digest = ''] = image.split('@');
  await mkdir(directory, { recursive: true });
  const deploy = relative(directory, join(root, 'deploy'));
  // JSON is YAML.
  const overlay = JSON.stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [join(deploy, 'base')],
    components: components.map((name) => join(deploy, 'components', name)),
    images: [{ name: 'slipway-worker', newName, digest }],
    configMapGenerator: [
      {
        name: 'slipway-settings',
        namespace: 'slipway-system',
        behavior: 'merge',
        literals: Object.entries(settings).map(([name, value]) => `${name}=${value}`),
      },
    ],
    patches,
  });
  await writeFile(join(directory, 'kustomization.yaml'), overlay);
  return renderOverlay(directory);
}

/** What `kubectl apply -k` would apply of a directory. */
export async function renderOverlay(directory: string): Promise<readonly KubernetesObject[]> {
  const { stdout } = await run(await kustomize(), ['build', directory], { maxBuffer: 16 << 20 });
  return parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
}

/** Compiled once, in ten seconds; then it is in the cache. */
async function kustomize(): Promise<string> {
  const { paths, missing } = await makePrograms({
    parts: [kustomizePart],
    modulesDirectory: join(root, 'dev', 'tools'),
    cacheDirectory: process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway'),
    environment: process.env,
    reporter: lineReporter(process.stderr),
    architecture: process.arch,
  });
  const path = paths.get('kustomize');
  if (path === undefined) {
    throw new Error(
      `Kustomize can't be had: ${missing.flatMap(({ reasons }) => reasons).join('; ')}`,
    );
  }
  return path;
}
