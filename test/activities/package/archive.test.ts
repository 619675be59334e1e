import { execFile } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { writeArchive } from '../../../activities/package/archive.ts';
import { readEntries, readEntry } from '../../../activities/package/read-archive.ts';
import { digestOf, openArchive, wrongSums } from './fixtures.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('write-archive.child.ts', import.meta.url));

function entry(path: string, text: string): { path: string; content: Buffer } {
  return { path, content: Buffer.from(text) };
}

describe('writeArchive', () => {
  it('holds the entries and their sums, sorted, stored, with fixed modes and time', async () => {
    const archive = await writeArchive([
      entry('b/c.txt', 'two'),
      entry('B', ''),
      entry('a', 'one'),
    ]);
    const entries = await openArchive(archive);
    expect(entries.map(({ path, text }) => [path, text])).toEqual([
      ['B', ''],
      [
        'SHA256SUMS',
        [
          `${digestOf('').slice(7)}  B\n`,
          `${digestOf('one').slice(7)}  a\n`,
          `${digestOf('two').slice(7)}  b/c.txt\n`,
        ].join(''),
      ],
      ['a', 'one'],
      ['b/c.txt', 'two'],
    ]);
    for (const { mode, stored, modified } of entries) {
      expect({ mode, stored, modified }).toEqual({
        mode: 0o100644,
        stored: true,
        modified: '2000-01-01T12:00:00.000Z',
      });
    }
  });

  it('gives the same bytes for the same entries in any order, with sums that hold', async () => {
    const entries = fc.uniqueArray(
      fc.record({
        path: fc.stringMatching(/^[a-z]{1,8}(\/[a-z.]{1,8}z)?$/),
        content: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      }),
      { selector: ({ path }) => path, maxLength: 8 },
    );
    const twoOrders = entries.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(twoOrders, async ([one, other]) => {
        const archive = await writeArchive(one);
        expect(archive.equals(await writeArchive(other))).toBe(true);
        expect(await wrongSums(archive)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same bytes in every time zone', async () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const { stdout } = await run(process.execPath, [child, ...zones]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(zones.length);
    // The zones have taken effect, and the sums have not.
    expect(new Set(lines.map((line) => line.split(' ')[1])).size).toBeGreaterThan(20);
    expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(1);
  });

  it.each(['Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kathmandu'])(
    'gives the same bytes in a process that starts in %s as in this one',
    async (zone) => {
      const { stdout } = await run(process.execPath, [child, zone], { env: { TZ: zone } });
      const here = digestOf(await writeArchive([entry('a.txt', 'a')])).slice(7);
      expect(stdout.split(' ')[0]).toBe(here);
    },
  );
});

describe('readEntry', () => {
  it('reads one entry', async () => {
    const archive = await writeArchive([entry('a', 'one'), entry('b', 'two')]);
    expect((await readEntry(archive, 'b'))?.toString()).toBe('two');
  });

  it('is null where there is no such entry', async () => {
    expect(await readEntry(await writeArchive([entry('a', 'one')]), 'b')).toBeNull();
  });

  it('rejects what is no zip', async () => {
    await expect(readEntry(Buffer.from('no zip at all'), 'a')).rejects.toThrow(
      /zip|end of central/i,
    );
  });
});

describe('readEntries', () => {
  it('reads all entries, the sums among them', async () => {
    const entries = await readEntries(await writeArchive([entry('a', 'one'), entry('b/c', '')]));
    expect([...entries.keys()].toSorted()).toEqual(['SHA256SUMS', 'a', 'b/c']);
    expect(entries.get('a')?.toString()).toBe('one');
  });

  it('rejects an archive with an entry twice, of which readers choose either', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('one'), 'a');
    zip.addBuffer(Buffer.from('two'), 'a');
    zip.end();
    await expect(readEntries(await buffer(zip.outputStream))).rejects.toThrow(
      'a is in the archive twice',
    );
  });

  it('rejects an entry that would unpack to more than the archive', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.alloc(1_000_000), 'zeros', { compress: true });
    zip.end();
    await expect(readEntries(await buffer(zip.outputStream))).rejects.toThrow(
      'zeros claims 1000000 bytes',
    );
  });

  it('rejects entries that would together unpack to more than the archive', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.alloc(100_000, 'stored'), 'stored', { compress: false });
    for (const name of ['a', 'b']) zip.addBuffer(Buffer.alloc(90_000), name, { compress: true });
    zip.end();
    await expect(readEntries(await buffer(zip.outputStream))).rejects.toThrow(
      'a claims 90000 bytes',
    );
  });
});
