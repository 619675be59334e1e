import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, link, lchown, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { extract, type Header } from 'tar-stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { packContext, type PackedContext } from '../../../activities/source/pack-context.ts';
import { writeFiles, type TestFile } from '../../support/git-repository.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

interface TarEntry {
  readonly header: Header;
  readonly content: string;
}

async function readTar(packed: PackedContext): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  const reader = extract();
  reader.end(await buffer(packed.open()));
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const header = { ...entry.header, name: entry.header.name.replace(/\/$/, '') };
    entries.push({ header, content: Buffer.concat(chunks).toString('utf8') });
  }
  return entries;
}

async function contextOf(files: Readonly<Record<string, TestFile>>): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, files);
  return directory;
}

async function namesIn(directory: string, dockerfile = 'Dockerfile'): Promise<readonly string[]> {
  const packed = await packContext(directory, '.', dockerfile);
  return (await readTar(packed)).map(({ header }) => header.name);
}

describe('the archive', () => {
  test('has sorted entries of one time and owner, with the executable bit kept', async () => {
    const directory = await contextOf({
      'z.txt': 'last',
      'a/b.txt': 'first',
      'a.txt': 'before a/',
      'run.sh': { script: '#!/bin/sh' },
      current: { link: 'a/b.txt' },
    });
    await mkdir(join(directory, 'empty'));
    await chmod(join(directory, 'z.txt'), 0o600);
    await chmod(join(directory, 'run.sh'), 0o700);

    const entries = await readTar(await packContext(directory, '.', 'Dockerfile'));
    expect(entries.map(({ header }) => [header.name, header.type, header.mode])).toEqual([
      ['a', 'directory', 0o755],
      ['a.txt', 'file', 0o644],
      ['a/b.txt', 'file', 0o644],
      ['current', 'symlink', 0o777],
      ['empty', 'directory', 0o755],
      ['run.sh', 'file', 0o755],
      ['z.txt', 'file', 0o644],
    ]);
    expect(entries.find(({ header }) => header.name === 'current')?.header.linkname).toBe(
      'a/b.txt',
    );
    for (const { header } of entries) {
      expect([header.uid, header.gid, header.uname, header.gname]).toEqual([0, 0, '', '']);
      expect(header.mtime).toEqual(new Date('2000-01-01T00:00:00Z'));
    }
  });

  // The digest names contexts in the store and is a part of every input digest: other bytes for
  // the same files would build everything again.
  test('has the bytes that it has always had', async () => {
    const directory = await contextOf({
      Dockerfile: 'FROM debian:12\n',
      'bin/run': { script: '#!/bin/sh\n' },
      'größe.txt': 'ü',
      latest: { link: 'bin/run' },
      [`${'long/'.repeat(60)}file`]: 'deep',
    });
    const packed = await packContext(directory, '.', 'Dockerfile');
    expect(packed.digest).toBe(
      'sha256:8b09a50c63754929b12208a9291dd036815b08bbb0507577a4636deb718942c6',
    );
  });

  test('is what the digest and the size say, and the same each time', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 17, 'x');
    const directory = await contextOf({ 'large.bin': large, 'small.txt': 'small', empty: '' });
    const packed = await packContext(directory, '.', 'Dockerfile');
    const bytes = await buffer(packed.open());
    expect(bytes.length).toBe(packed.size);
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(packed.digest);
    expect((await buffer(packed.open())).equals(bytes)).toBe(true);
    const entry = (await readTar(packed)).find(({ header }) => header.name === 'large.bin');
    expect(entry?.content.length).toBe(large.length);
  });

  test('is read by tar itself: long names, other scripts, hard links as files', async () => {
    const long = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
    const directory = await contextOf({ [long]: 'long', '日本/☕.txt': 'cup', 'a\nb': 'newline' });
    await link(join(directory, long), join(directory, 'hard'));
    await writeFiles(directory, { ['s'.repeat(150)]: { link: long } });
    const archive = join(await temporaryDirectory(), 'context.tar');
    const packed = await packContext(directory, '.', 'Dockerfile');
    await writeFile(archive, packed.open());
    const target = await temporaryDirectory();
    await promisify(execFile)('tar', ['-xf', archive, '-C', target]);
    expect((await packContext(target, '.', 'Dockerfile')).digest).toBe(packed.digest);
    expect((await readTar(packed)).find(({ header }) => header.name === 'hard')?.content).toBe(
      'long',
    );
  });

  test('does not depend on the order of creation, times, umask or owner', async () => {
    const name = fc.stringMatching(/^[a-zA-Zé0-9_.-]{1,12}$/).filter((n) => !/^\.+(git)?$/.test(n));
    const file = fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      content: fc.string(),
      executable: fc.boolean(),
    });
    const files = fc.uniqueArray(file, { selector: ({ path }) => path.split('/')[0] });
    await fc.assert(
      fc.asyncProperty(files, fc.nat(), async (generated, seed) => {
        const directory = await temporaryDirectory();
        const digests = [];
        for (const [index, order] of [generated, generated.toReversed()].entries()) {
          const root = join(directory, String(index));
          await mkdir(root);
          for (const { path, content, executable } of order) {
            await writeFiles(root, { [path]: executable ? { script: content } : content });
            const full = join(root, path);
            if (index === 1) {
              await chmod(full, executable ? 0o700 : 0o640);
              await utimes(full, seed % 1e9, (seed * 7) % 1e9);
              if (process.getuid?.() === 0) await lchown(full, 1234, 4321);
            }
          }
          digests.push((await packContext(root, '.', 'Dockerfile')).digest);
        }
        expect(digests[0]).toBe(digests[1]);
      }),
      { numRuns: 30 },
    );
  }, 30_000);

  test.each<[string, Readonly<Record<string, TestFile>>]>([
    ['content', { 'a.txt': 'two' }],
    ['a name', { 'b.txt': 'one' }],
    ['the executable bit', { 'a.txt': { script: 'one' } }],
    ['one more directory', { 'a.txt': 'one', 'd/e.txt': '' }],
    ['a link', { 'a.txt': { link: 'b.txt' } }],
  ])('another digest follows from %s', async (_what, files) => {
    const before = await packContext(await contextOf({ 'a.txt': 'one' }), '.', 'Dockerfile');
    const after = await packContext(await contextOf(files), '.', 'Dockerfile');
    expect(after.digest).not.toBe(before.digest);
  });

  test('breaks off when the files are not the same any more', async () => {
    const directory = await contextOf({ 'a.txt': 'one' });
    const packed = await packContext(directory, '.', 'Dockerfile');
    await writeFile(join(directory, 'a.txt'), 'two');
    await expect(buffer(packed.open())).rejects.toMatchObject({ type: 'SourceUnavailable' });
    await writeFile(join(directory, 'a.txt'), 'longer');
    await expect(buffer(packed.open())).rejects.toMatchObject({ type: 'SourceUnavailable' });
    await rm(join(directory, 'a.txt'));
    await expect(buffer(packed.open())).rejects.toMatchObject({
      type: 'SourceUnavailable',
      message: expect.stringContaining('ENOENT'),
    });
  });

  test('leaves nothing open when its reader goes away', async () => {
    const directory = await contextOf({ 'a.bin': Buffer.alloc(8 * 1024 * 1024) });
    const packed = await packContext(directory, '.', 'Dockerfile');
    const stream = packed.open();
    for await (const chunk of stream) {
      expect((chunk as Buffer).length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
  });
});

describe('the context', () => {
  test('is a directory of the tree', async () => {
    const directory = await contextOf({ 'services/api/main.ts': '', 'other.txt': '' });
    const packed = await packContext(directory, 'services/api', 'Dockerfile');
    expect((await readTar(packed)).map(({ header }) => header.name)).toEqual(['main.ts']);
  });

  test.each<[string, string, string]>([
    ['absent', 'SourceNotFound', 'no directory absent'],
    ['file.txt', 'SourceNotFound', 'is a file'],
    ['file.txt/below', 'SourceNotFound', 'no directory'],
    ['out', 'ContextRefused', 'leads out'],
    ['..', 'ContextRefused', 'leads out'],
    ['loop', 'SourceNotFound', 'no directory'],
  ])('%s is %s', async (context, type, text) => {
    const directory = await contextOf({
      'file.txt': '',
      out: { link: '/etc' },
      loop: { link: 'loop' },
    });
    await expect(packContext(directory, context, 'Dockerfile')).rejects.toMatchObject({
      type,
      nonRetryable: true,
      message: expect.stringContaining(text),
    });
  });

  test('may be named through a link inside the tree', async () => {
    const directory = await contextOf({ 'v2/a.txt': '', current: { link: 'v2' } });
    const packed = await packContext(directory, 'current', 'Dockerfile');
    expect((await readTar(packed)).map(({ header }) => header.name)).toEqual(['a.txt']);
  });

  test('that is too large is refused with its largest files', async () => {
    const directory = await contextOf({
      'big.bin': Buffer.alloc(3 * 1024 * 1024),
      'a.txt': 'small',
    });
    await expect(
      packContext(directory, '.', 'Dockerfile', { limit: 1024 * 1024 }),
    ).rejects.toMatchObject({
      type: 'ContextRefused',
      message: expect.stringMatching(/has 3\.0 MiB, at most 1\.0 MiB .* big\.bin \(3\.0 MiB\)/),
    });
    await writeFile(join(directory, '.dockerignore'), '*.bin');
    await expect(
      packContext(directory, '.', 'Dockerfile', { limit: 1024 * 1024 }),
    ).resolves.toBeDefined();
  });

  test('has no special files', async () => {
    const directory = await contextOf({ 'a.txt': '' });
    await promisify(execFile)('mkfifo', [join(directory, 'pipe')]);
    await expect(packContext(directory, '.', 'Dockerfile')).rejects.toMatchObject({
      type: 'ContextRefused',
      message: expect.stringContaining('pipe is a named pipe'),
    });
    await rm(join(directory, 'pipe'));
    const server = createServer().listen(join(directory, 'socket'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(packContext(directory, '.', 'Dockerfile')).rejects.toMatchObject({
      message: expect.stringContaining('socket is a socket'),
    });
  });

  test('has no names that are not UTF-8', async () => {
    const directory = await contextOf({ 'sub/a.txt': '' });
    const name = Buffer.concat([Buffer.from(join(directory, 'sub/')), Buffer.from([0xff, 0x41])]);
    await writeFile(name, '');
    await expect(packContext(directory, '.', 'Dockerfile')).rejects.toMatchObject({
      type: 'ContextRefused',
      message: expect.stringContaining('a file name in sub is not UTF-8'),
    });
  });
});

describe('links', () => {
  test.each([
    ['absolute', { x: { link: '/etc/passwd' } }, 'is absolute'],
    ['upwards', { x: { link: '../outside' } }, 'leads out'],
    ['upwards from a directory', { 'd/x': { link: '../../outside' } }, 'leads out'],
    ['through the middle', { 'd/x': { link: '../e/../../outside' } }, 'leads out'],
    // As a text it stays inside: `far/..` is not where it looks to be.
    [
      'through another link',
      { 'a/b/y': '', far: { link: 'a' }, x: { link: 'far/../../z' } },
      'leads out',
    ],
    ['to a link that is absolute', { x: { link: 'y' }, y: { link: '/' } }, 'is absolute'],
  ])('that lead out are refused: %s', async (_what, files, text) => {
    await expect(packContext(await contextOf(files), '.', 'Dockerfile')).rejects.toMatchObject({
      type: 'ContextRefused',
      nonRetryable: true,
      message: expect.stringContaining(text),
    });
  });

  test('that stay inside are kept as they are, also when they dangle or loop', async () => {
    const directory = await contextOf({
      'a/b.txt': '',
      'a/up': { link: '../a/b.txt' },
      dangling: { link: 'not/there' },
      loop: { link: 'loop' },
      here: { link: '.' },
    });
    const entries = await readTar(await packContext(directory, '.', 'Dockerfile'));
    const links = entries.filter(({ header }) => header.type === 'symlink');
    expect(links.map(({ header }) => [header.name, header.linkname])).toEqual([
      ['a/up', '../a/b.txt'],
      ['dangling', 'not/there'],
      ['here', '.'],
      ['loop', 'loop'],
    ]);
  });

  test('that are ignored may lead anywhere', async () => {
    const directory = await contextOf({ x: { link: '/etc' }, '.dockerignore': 'x' });
    expect(await namesIn(directory)).toEqual(['.dockerignore']);
  });
});

describe('the ignore file', () => {
  const files = {
    Dockerfile: '',
    'src/a.ts': '',
    'src/a.test.ts': '',
    'docs/deep/b.md': '',
    'README.md': '',
    '.git/config': '',
  };

  test.each<[string, readonly string[]]>([
    [
      '',
      [
        'Dockerfile',
        'README.md',
        'docs',
        'docs/deep',
        'docs/deep/b.md',
        'src',
        'src/a.test.ts',
        'src/a.ts',
      ],
    ],
    ['docs\n**/*.test.ts\n# comment', ['Dockerfile', 'README.md', 'src', 'src/a.ts']],
    ['*\n!src/a.ts', ['src', 'src/a.ts']],
    [
      '**/*.md\n!README.md',
      ['Dockerfile', 'README.md', 'docs', 'docs/deep', 'src', 'src/a.test.ts', 'src/a.ts'],
    ],
    [
      'readme.md\nDOCS',
      [
        'Dockerfile',
        'README.md',
        'docs',
        'docs/deep',
        'docs/deep/b.md',
        'src',
        'src/a.test.ts',
        'src/a.ts',
      ],
    ],
    ['Dockerfile\r\ndocs\r\nsrc\r\n', ['README.md']],
    ['*', []],
  ])('%j leaves %j', async (text, expected) => {
    const directory = await contextOf({ ...files, 'Dockerfile.dockerignore': `${text}\n*ignore` });
    expect(await namesIn(directory)).toEqual(expected);
  });

  test('of the Dockerfile goes before the common one', async () => {
    const directory = await contextOf({
      'a.txt': '',
      'b.txt': '',
      'build/Dockerfile': '',
      '.dockerignore': 'a.txt\nbuild\n.dockerignore',
      'build/Dockerfile.dockerignore': 'b.txt\nbuild\n.dockerignore',
    });
    expect(await namesIn(directory, 'build/Dockerfile')).toEqual(['a.txt']);
    expect(await namesIn(directory, 'Dockerfile')).toEqual(['b.txt']);
  });

  test('that is a link out of the context is refused', async () => {
    const outside = await contextOf({ rules: 'a' });
    const directory = await contextOf({ '.dockerignore': { link: join(outside, 'rules') } });
    await expect(packContext(directory, '.', 'Dockerfile')).rejects.toMatchObject({
      type: 'ContextRefused',
    });
  });
});
