import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** The part of an OCI image configuration that matters to whoever runs it. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface ImageContent {
  /** The one layer, as an uncompressed tar. */
  readonly layer: Readable;
  readonly config: ImageConfig;
  /** Go's name of the architecture, e.g. `amd64`. */
  readonly architecture: string;
}

/** Fixed, so that the same content has the same digest. */
const created = '1970-01-01T00:00:00Z';

/**
 * Writes an OCI image layout (image-spec 1.0) with one manifest of one gzip layer into a directory,
 * and returns the manifest's digest. The bytes depend on the content and on Node's zlib alone.
 */
export async function writeOciLayout(directory: string, content: ImageContent): Promise<string> {
  const blobs = join(directory, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const layer = await writeLayer(blobs, content.layer);
  const config = await writeJsonBlob(blobs, {
    created,
    architecture: content.architecture,
    os: 'linux',
    config: content.config,
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created, created_by: 'slipway dev' }],
  });
  const manifest = await writeJsonBlob(blobs, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: layer.digest,
        size: layer.size,
      },
    ],
  });
  const index = {
    schemaVersion: 2,
    manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest }],
  };
  await writeFile(join(directory, 'index.json'), JSON.stringify(index));
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return manifest.digest;
}

async function writeLayer(
  blobs: string,
  tar: Readable,
): Promise<{ readonly diffId: string; readonly digest: string; readonly size: number }> {
  const uncompressed = createHash('sha256');
  const compressed = createHash('sha256');
  let size = 0;
  const counted = observe((chunk) => {
    compressed.update(chunk);
    size += chunk.length;
  });
  const partial = join(blobs, '.layer');
  await pipeline(
    tar,
    observe((chunk) => uncompressed.update(chunk)),
    createGzip({ level: 6 }),
    counted,
    createWriteStream(partial),
  );
  const hex = compressed.digest('hex');
  await rename(partial, join(blobs, hex));
  return { diffId: `sha256:${uncompressed.digest('hex')}`, digest: `sha256:${hex}`, size };
}

function observe(onChunk: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onChunk(chunk);
      done(null, chunk);
    },
  });
}

async function writeJsonBlob(
  blobs: string,
  value: unknown,
): Promise<{ readonly digest: string; readonly size: number }> {
  const bytes = Buffer.from(JSON.stringify(value));
  const hex = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(blobs, hex), bytes);
  return { digest: `sha256:${hex}`, size: bytes.length };
}
