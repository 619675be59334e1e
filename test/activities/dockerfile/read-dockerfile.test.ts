import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../../../activities/dockerfile/read-dockerfile.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function tree(
  files: Readonly<Record<string, string | Buffer | { readonly link: string }>>,
): Promise<string> {
  const root = join(await temporaryDirectory(), 'tree');
  await mkdir(root);
  await writeFile(join(root, '..', 'outside'), 'FROM secret');
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    if (typeof content === 'object' && 'link' in content)
      await symlink(content.link, join(root, path));
    else await writeFile(join(root, path), content);
  }
  return root;
}

describe('readDockerfile', () => {
  it('gives the text byte for byte', async () => {
    const text = '\uFEFFFROM a\r\nRUN echo é\n\n';
    expect(await readDockerfile(await tree({ 'a/Dockerfile': text }), 'a/Dockerfile')).toBe(text);
  });

  it('follows links inside the tree', async () => {
    const root = await tree({
      common: 'FROM a',
      'x/Dockerfile': { link: '../common' },
      y: { link: 'x' },
    });
    expect(await readDockerfile(root, 'x/Dockerfile')).toBe('FROM a');
    expect(await readDockerfile(root, 'y/Dockerfile')).toBe('FROM a');
  });

  it.each<[string, string, Parameters<typeof tree>[0], string]>([
    ['no such file', 'SourceNotFound', {}, 'there is no file D in the repository'],
    ['a link to nothing', 'SourceNotFound', { D: { link: 'x' } }, 'there is no file D'],
    ['a directory', 'SourceNotFound', { 'D/x': '' }, 'D in the repository is not a file'],
    [
      'a link out of the tree',
      'ContextRefused',
      { D: { link: '../outside' } },
      'D is a link that leads out',
    ],
    [
      'a directory link out of the tree',
      'ContextRefused',
      { D: { link: 'up/outside' }, up: { link: '..' } },
      'D is a link that leads out',
    ],
    [
      'an absolute link',
      'ContextRefused',
      { D: { link: '/etc/passwd' } },
      'D is a link that leads out',
    ],
    [
      'a link into .git',
      'ContextRefused',
      { D: { link: '.git/config' }, '.git/config': 'x' },
      'D is a link that leads out',
    ],
    [
      'a link to itself',
      'ContextRefused',
      { D: { link: 'D' } },
      'D is a link that leads to itself',
    ],
    [
      'bytes that are no text',
      'DockerfileInvalid',
      { D: Buffer.from([0xff, 0xfe]) },
      'D is not UTF-8 text',
    ],
    [
      'more than a Dockerfile',
      'DockerfileInvalid',
      { D: 'x'.repeat(1024 * 1024 + 1) },
      'D has 1048577 bytes',
    ],
  ])('refuses %s as %s', async (_, type, files, message) => {
    await expect(readDockerfile(await tree(files), 'D')).rejects.toMatchObject({
      type,
      message: expect.stringContaining(message) as string,
      nonRetryable: true,
    });
  });
});
