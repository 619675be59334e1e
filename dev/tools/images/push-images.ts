import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

import type { Reporter } from '../../reporter.ts';
import { run } from '../run.ts';
import type { MadeImage, Tools } from '../tools.ts';

export interface PushImagesOptions {
  readonly images: readonly MadeImage[];
  /** host:port of a registry with TLS. */
  readonly registryHost: string;
  /** PEM file with the CA that signed the registry's certificate. */
  readonly caFile: string;
  /** A Docker `config.json` with a login for the registry's host. */
  readonly credentialsFile: string;
  readonly tools: Pick<Tools, 'skopeo' | 'environment'>;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** The registry did not take an image, or does not answer for it afterwards. */
export class PushError extends Error {
  override readonly name = 'PushError';
}

/**
 * Puts images into a registry under all their names, each only where the registry doesn't answer
 * with its digest already, and asks the registry again after each push. Credentials are read by
 * skopeo from the file; they are never in an argument. Throws `PushError` or `RunError`.
 */
export async function pushImages(options: PushImagesOptions): Promise<void> {
  const registry = await openRegistry(options);
  const missing: { readonly image: MadeImage; readonly reference: Reference }[] = [];
  for (const image of options.images) {
    for (const reference of references(image)) {
      const present = await registry.digest(reference);
      if (present !== image.digest) missing.push({ image, reference });
    }
  }
  if (missing.length === 0) return;
  await options.reporter.step('Pushing images to the registry', async (note) => {
    for (const { image, reference } of missing) {
      note(`${reference.repository}:${reference.tag}`);
      await push(image, reference, options);
      const digest = await registry.digest(reference);
      if (digest !== image.digest) {
        throw new PushError(
          `${options.registryHost} answers ${digest ?? 'nothing'} for ` +
            `${reference.repository}:${reference.tag} after the push of ${image.digest}`,
        );
      }
    }
  });
}

interface Reference {
  readonly repository: string;
  readonly tag: string;
}

/** Every repository and tag under which an image is served. */
export function references(image: Pick<MadeImage, 'name' | 'tags'>): readonly Reference[] {
  const colon = image.name.lastIndexOf(':');
  const repository = image.name.slice(0, colon);
  return [image.name.slice(colon + 1), ...image.tags].map((tag) => ({ repository, tag }));
}

async function push(
  image: MadeImage,
  { repository, tag }: Reference,
  { tools, ...options }: PushImagesOptions,
): Promise<void> {
  // skopeo takes a directory of *.crt, and of keys too: so one with nothing else in it.
  const certificates = await mkdtemp(join(tmpdir(), 'slipway-ca-'));
  try {
    await copyFile(options.caFile, join(certificates, 'ca.crt'));
    await run(
      tools.skopeo,
      [
        '--insecure-policy',
        'copy',
        '--preserve-digests',
        '--authfile',
        options.credentialsFile,
        '--dest-cert-dir',
        certificates,
        `oci:${image.layout}`,
        `docker://${options.registryHost}/${repository}:${tag}`,
      ],
      { environment: tools.environment, signal: options.signal },
    );
  } finally {
    await rm(certificates, { recursive: true, force: true });
  }
}

const DockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string() })),
});

interface Registry {
  /** The digest that the registry answers for a tag, or undefined where it has none. */
  digest(reference: Reference): Promise<string | undefined>;
}

async function openRegistry(options: PushImagesOptions): Promise<Registry> {
  const { registryHost, signal } = options;
  const ca = await readFile(options.caFile);
  const config = DockerConfig.parse(JSON.parse(await readFile(options.credentialsFile, 'utf8')));
  const auth = config.auths[registryHost]?.auth;
  if (auth === undefined) {
    throw new PushError(`${options.credentialsFile} has no login for ${registryHost}`);
  }
  const headers: OutgoingHttpHeaders = {
    accept: 'application/vnd.oci.image.manifest.v1+json',
    authorization: `Basic ${auth}`,
  };
  return {
    digest: ({ repository, tag }) =>
      new Promise((resolve, reject) => {
        const url = `https://${registryHost}/v2/${repository}/manifests/${tag}`;
        // node:https, because fetch has no way to trust one more CA.
        const asked = request(url, { method: 'HEAD', ca, headers, signal, timeout: 10_000 });
        asked.once('response', (response) => {
          response.resume();
          const digest = response.headers['docker-content-digest'];
          if (response.statusCode === 404) resolve(undefined);
          else if (response.statusCode === 200 && typeof digest === 'string') resolve(digest);
          else reject(new PushError(`HEAD ${url} answered ${response.statusCode}`));
        });
        asked.once('timeout', () => asked.destroy(new Error('no answer within 10 s')));
        asked.once('error', (cause) => {
          reject(new PushError(`HEAD ${url} failed: ${cause.message}`, { cause }));
        });
        asked.end();
      }),
  };
}
