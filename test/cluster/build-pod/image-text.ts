import { gunzipSync } from 'node:zlib';
import { fetch } from 'undici';
import { z } from 'zod';
import { createDispatcher } from '../../../activities/support/tls.ts';
import type { RegistryLogin } from '../../../activities/support/secrets.ts';

const Manifest = z.object({
  config: z.object({ digest: z.string() }),
  layers: z.array(z.object({ digest: z.string() })),
});

/** One blob of an image, unpacked. */
export interface ImageBlob {
  readonly digest: string;
  readonly text: string;
}

/**
 * Manifest, configuration and every layer (a tar) of an image, as text of one byte per character.
 *
 * @param reference digest or tag
 */
export async function imageBlobs(options: {
  readonly host: string;
  readonly path: string;
  readonly reference: string;
  readonly login: RegistryLogin | null;
  readonly caBundle: string | null;
}): Promise<readonly ImageBlob[]> {
  const { host, path, reference, login } = options;
  const dispatcher = createDispatcher(options.caBundle);
  const authorization = `Basic ${Buffer.from(`${login?.username}:${login?.password}`).toString('base64')}`;
  const get = async (below: string): Promise<Buffer> => {
    const accept =
      'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
    const response = await fetch(`https://${host}/v2/${path}/${below}`, {
      dispatcher,
      headers: { authorization, accept },
    });
    if (!response.ok) throw new Error(`${below} of ${path}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  try {
    const manifest = await get(`manifests/${reference}`);
    const { config, layers } = Manifest.parse(JSON.parse(manifest.toString('utf8')));
    const blobs = [{ digest: reference, text: manifest.toString('latin1') }];
    for (const { digest } of [config, ...layers]) {
      const body = await get(`blobs/${digest}`);
      const unpacked = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body;
      blobs.push({ digest, text: unpacked.toString('latin1') });
    }
    return blobs;
  } finally {
    await dispatcher.close();
  }
}
