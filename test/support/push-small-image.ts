import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalEnvironment } from '../../dev/environment.ts';
import type { Reporter } from '../../dev/reporter.ts';
import { acquireTools } from '../../dev/tools/acquire-tools.ts';
import type { SmallImage } from '../../dev/tools/images/busybox.ts';
import { layerOf } from '../../dev/tools/images/layer.ts';
import { writeOciLayout } from '../../dev/tools/images/oci-layout.ts';
import { pushImages } from '../../dev/tools/images/push-images.ts';
import type { Tools } from '../../dev/tools/tools.ts';

const quiet: Reporter = { info() {}, warn() {}, step: (_title, work) => work(() => undefined) };

/** The programs of the run's environment, which were found or made when it was started. */
export function environmentTools(): Promise<Tools> {
  return acquireTools({
    cacheDirectory: process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway'),
    environment: process.env,
    reporter: quiet,
  });
}

/**
 * Makes an image and pushes it to the environment's registry.
 *
 * @param name `<path>:<tag>` in the registry
 * @returns the digest of its manifest
 */
export async function pushSmallImage(
  environment: LocalEnvironment,
  tools: Tools,
  name: string,
  { entries, config }: SmallImage,
): Promise<string> {
  const layout = await mkdtemp(join(tmpdir(), 'slipway-test-image-'));
  try {
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const content = { layer: layerOf(entries), config, architecture };
    const digest = await writeOciLayout(layout, content);
    await pushImages({
      images: [{ name, tags: [], layout, digest }],
      registryHost: environment.registry.host,
      caFile: environment.caBundle,
      credentialsFile: environment.registry.authFile,
      tools,
      reporter: quiet,
    });
    return digest;
  } finally {
    await rm(layout, { recursive: true, force: true });
  }
}
