import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

import type { LayerEntry } from '../../../../dev/tools/images/layer.ts';
import { layerOf } from '../../../../dev/tools/images/layer.ts';
import { writeOciLayout } from '../../../../dev/tools/images/oci-layout.ts';
import { scratchDirectory } from '../support.ts';

const entries: readonly LayerEntry[] = [
  { type: 'directory', path: 'bin' },
  { type: 'file', path: 'bin/tool', content: 'tool'.repeat(50_000), mode: 0o755 },
];
const config = { Cmd: ['/bin/tool'], Env: ['PATH=/bin'] };
const write = async (): Promise<{ readonly directory: string; readonly digest: string }> => {
  const directory = await scratchDirectory();
  const content = { layer: layerOf(entries), config, architecture: 'amd64' };
  return { directory, digest: await writeOciLayout(directory, content) };
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('every blob lies under its own sum, and each refers to the next', async () => {
  const { directory, digest } = await write();
  const blobs = join(directory, 'blobs', 'sha256');
  const names = await readdir(blobs);
  expect(names).toHaveLength(3);
  for (const name of names) expect(sha256(await readFile(join(blobs, name)))).toBe(name);

  const blob = (reference: string): Promise<Buffer> => readFile(join(blobs, reference.slice(7)));
  const index = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'));
  expect(index.manifests.map((each: { digest: string }) => each.digest)).toEqual([digest]);
  const manifestBytes = await blob(digest);
  expect(index.manifests[0].size).toBe(manifestBytes.length);
  const manifest = JSON.parse(manifestBytes.toString());
  const layer = await blob(manifest.layers[0].digest);
  expect(manifest.layers[0].size).toBe(layer.length);
  const image = JSON.parse((await blob(manifest.config.digest)).toString());
  expect(image).toMatchObject({ architecture: 'amd64', os: 'linux', config });
  expect(image.rootfs.diff_ids).toEqual([`sha256:${sha256(gunzipSync(layer))}`]);
});

test('the same content has the same digest', async () => {
  expect((await write()).digest).toBe((await write()).digest);
});
