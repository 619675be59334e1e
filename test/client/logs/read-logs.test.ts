import { describe, expect, test, vi } from 'vitest';
import { LogNotFound, ServiceUnreachable } from '../../../client/errors.ts';
import { readLogs, type LogChunk, type LogOptions } from '../../../client/logs/read-logs.ts';
import { grpcError } from '../stand-in.ts';
import { openScene, type Scene } from './scene.ts';

vi.mock('node:timers/promises', { spy: true });

async function read({ client }: Scene, options: LogOptions = {}): Promise<readonly LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of readLogs(client, 'shop/k1', options)) chunks.push(chunk);
  return chunks;
}

const follow = { follow: true } as const;
const text = (chunks: readonly LogChunk[], container = 'server'): string =>
  chunks
    .filter((chunk) => chunk.container === container)
    .map((chunk) => chunk.text)
    .join('');

describe('what is there now', () => {
  test('is the joined log of an attempt that has ended', async () => {
    await using scene = await openScene();
    scene.ended('server', 1);
    scene.closes();
    scene.joins('server', 0, 'one\ntwo\n');
    const chunks = await read(scene);
    expect(chunks).toEqual([
      {
        component: 'api',
        container: 'server',
        attempt: 0,
        text: 'one\ntwo\n',
        cursor: expect.any(String),
      },
    ]);
    expect(scene.server.requests).toEqual(['logs/shop/k1/api/server/0/log']);
  });

  test('is what a running attempt has written so far', async () => {
    await using scene = await openScene();
    scene.runs('server', 0);
    scene.writes('server', 0, 0, 'one\n');
    scene.writes('server', 0, 1, 'two\n');
    expect(text(await read(scene))).toBe('one\ntwo\n');
  });

  test('is nothing of a container without an attempt', async () => {
    await using scene = await openScene();
    expect(await read(scene)).toEqual([]);
    expect(scene.grants()).toBe(0);
  });

  test('is what was written of an attempt whose log was never joined', async () => {
    await using scene = await openScene();
    scene.ended('server', 1, 'cancelled');
    scene.closes();
    scene.writes('server', 0, 0, 'one\n');
    scene.writes('server', 0, 1, 'two\n');
    expect(text(await read(scene))).toBe('one\ntwo\n');
  });

  test('is whole characters, wherever the store divides them', async () => {
    await using scene = await openScene();
    scene.ended('server', 1);
    scene.closes();
    const log = 'a€😀\n'.repeat(60_000);
    scene.joins('server', 0, log);
    const chunks = await read(scene);
    expect(chunks.length).toBeGreaterThan(1);
    expect(text(chunks)).toBe(log);
  });
});

describe('which attempts are read', () => {
  const logs = ['first\n', 'second\n', 'third\n'];
  test.each<[NonNullable<LogOptions['attempt']>, string]>([
    ['last', 'third\n'],
    ['all', 'first\nsecond\nthird\n'],
    [1, 'second\n'],
    [3, ''],
  ])('for %s', async (attempt, expected) => {
    await using scene = await openScene();
    scene.ended('server', 3, 'failed');
    scene.closes();
    for (const [generation, log] of logs.entries()) scene.joins('server', generation, log);
    expect(text(await read(scene, { attempt }))).toBe(expected);
  });

  test('passes over one that left no log', async () => {
    await using scene = await openScene();
    scene.ended('server', 3, 'failed');
    scene.closes();
    scene.joins('server', 0, 'first\n');
    scene.joins('server', 2, 'third\n');
    const chunks = await read(scene, { attempt: 'all' });
    expect(chunks.map((chunk) => chunk.attempt)).toEqual([0, 2]);
  });
});

describe('following', () => {
  test('brings what comes, once, and ends with the build', async () => {
    await using scene = await openScene();
    scene.later(
      () => scene.runs('server', 0),
      () => scene.writes('server', 0, 0, 'one\n'),
      () => undefined,
      () => scene.writes('server', 0, 1, 'two\n'),
      () => {
        scene.joins('server', 0, 'one\ntwo\nthree\n');
        scene.ended('server', 1);
      },
      () => undefined,
      () => scene.closes(),
    );
    expect((await read(scene, follow)).map((chunk) => chunk.text)).toEqual([
      'one\n',
      'two\n',
      'three\n',
    ]);
  });

  test('goes on with the attempts that follow', async () => {
    await using scene = await openScene();
    scene.runs('server', 0);
    scene.writes('server', 0, 0, 'out of mem');
    scene.later(
      () => {
        scene.joins('server', 0, 'out of memory\n');
        scene.runs('server', 1);
        scene.writes('server', 1, 0, 'again\n');
      },
      () => undefined,
      () => {
        scene.ended('server', 2);
        scene.joins('server', 1, 'again\nand well\n');
      },
    );
    const chunks = await read(scene, follow);
    expect(chunks.map(({ attempt, text: piece }) => [attempt, piece])).toEqual([
      [0, 'out of mem'],
      [0, 'ory\n'],
      [1, 'again\n'],
      [1, 'and well\n'],
    ]);
  });

  test('merges containers, and asks for the URLs of all together', async () => {
    const names = ['a', 'b', 'c', 'd'];
    await using scene = await openScene(names);
    for (const name of names) {
      scene.runs(name, 0);
      scene.writes(name, 0, 0, `${name} one\n`);
    }
    scene.later(() => {
      for (const name of names) scene.writes(name, 0, 1, `${name} two\n`);
    });
    const chunks = await read(scene, follow);
    expect(chunks.map((chunk) => chunk.text)).toEqual([
      ...names.map((name) => `${name} one\n`),
      ...names.map((name) => `${name} two\n`),
    ]);
    expect(scene.grants()).toBe(1);
  });

  test('of an ended build ends at once', async () => {
    await using scene = await openScene();
    scene.ended('server', 1);
    scene.closes();
    scene.joins('server', 0, 'one\n');
    expect(text(await read(scene, follow))).toBe('one\n');
  });

  test('waits for workers that are being replaced', async () => {
    let away = 0;
    await using scene = await openScene(['server'], () => {
      if (away > 0) {
        away -= 1;
        throw grpcError(9, 'no poller seen, worker may be down');
      }
    });
    scene.later(
      () => (away = 3),
      () => undefined,
      () => scene.runs('server', 0),
      () => undefined,
      () => scene.writes('server', 0, 0, 'one\n'),
      () => undefined,
    );
    expect(text(await read(scene, follow))).toBe('one\n');
  });

  test('tells of a build that cannot be asked about', async () => {
    let isDenied = false;
    await using scene = await openScene(['server'], () => {
      if (isDenied) throw grpcError(7, 'denied');
    });
    const steps = Array.from({ length: 50 }, () => () => void (isDenied = true));
    scene.later(...steps);
    await expect(read(scene, follow)).rejects.toThrow('denied');
  });

  test('ends with the reason of the reader’s signal while nobody answers', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    await using scene = await openScene(['server'], () => {
      controller.abort(reason);
      return new Promise(() => {});
    });
    const reading = read(scene, { ...follow, signal: controller.signal });
    await expect(reading).rejects.toBe(reason);
  });

  test('ends with the reason of the reader’s signal while no URL comes', async () => {
    await using scene = await openScene();
    scene.runs('server', 0);
    const controller = new AbortController();
    const reason = new Error('enough');
    vi.spyOn(scene.client.temporal.workflow, 'execute').mockImplementation(() => {
      controller.abort(reason);
      return new Promise(() => {});
    });
    const reading = read(scene, { ...follow, signal: controller.signal });
    await expect(reading).rejects.toBe(reason);
  });

  test('ends with the reason of the reader’s signal', async () => {
    await using scene = await openScene();
    const controller = new AbortController();
    const reason = new Error('enough');
    scene.later(() => controller.abort(reason));
    await expect(read(scene, { ...follow, signal: controller.signal })).rejects.toBe(reason);
  });
});

describe('a cursor', () => {
  test('goes on behind each piece, whatever came in between', async () => {
    const names = ['a', 'b'];
    await using scene = await openScene(names);
    for (const name of names) {
      scene.runs(name, 1);
      scene.joins(name, 0, `${name} first\n`);
      for (const part of [0, 1, 2]) scene.writes(name, 1, part, `${name} part ${part}\n`);
    }
    const all = { attempt: 'all' } as const;
    const chunks = await read(scene, all);
    expect(chunks).toHaveLength(8);
    const textsBehind = async () =>
      Promise.all(
        chunks.map(async ({ cursor }, index) => {
          const rest = await read(scene, { ...all, from: cursor });
          const expected = names.map((name) => text(chunks.slice(index + 1), name));
          return { rest: names.map((name) => text(rest, name)), expected };
        }),
      );
    for (const { rest, expected } of await textsBehind()) expect(rest).toEqual(expected);
    // The same when the attempts have ended since, and their logs are joined.
    for (const name of names) {
      scene.ended(name, 2);
      scene.joins(name, 1, [0, 1, 2].map((part) => `${name} part ${part}\n`).join(''));
    }
    scene.closes();
    for (const { rest, expected } of await textsBehind()) expect(rest).toEqual(expected);
  });

  test('has no places of what has been read to its end, and does not go back to it', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `c${index}`);
    await using scene = await openScene([...names, 'live']);
    for (const name of names) {
      scene.ended(name, 2);
      scene.joins(name, 1, `${name}\n`);
    }
    scene.runs('live', 0);
    scene.writes('live', 0, 0, 'one\n');
    scene.later(() => scene.writes('live', 0, 1, 'two\n'));
    const chunks = await read(scene, follow);
    const last = chunks.at(-1);
    expect(last).toMatchObject({ container: 'live', text: 'two\n' });
    expect(last?.cursor.length).toBeLessThan(50);
    scene.server.requests.length = 0;
    expect(await read(scene, { from: last?.cursor ?? '' })).toEqual([]);
    expect(scene.server.requests.filter((key) => !key.includes('/live/'))).toEqual([]);
  });

  test('has no place of a log that was read before its container ended', async () => {
    await using scene = await openScene(['a', 'b']);
    scene.runs('a', 0);
    scene.runs('b', 0);
    scene.writes('a', 0, 0, 'a\n');
    scene.later(
      () => {
        scene.joins('a', 0, 'a\n');
        scene.proves('a', 0);
      },
      () => undefined,
      () => scene.ended('a', 1),
      () => undefined,
      () => scene.writes('b', 0, 0, 'b\n'),
    );
    const chunks = await read(scene, follow);
    expect(chunks.at(-1)).toMatchObject({ container: 'b' });
    expect(chunks.at(-1)?.cursor).toMatch(/^[0-9a-f]{12}\.1\.1-[^.]*$/);
  });

  test('of one attempt alone does not hide the others', async () => {
    await using scene = await openScene();
    scene.ended('server', 2);
    scene.joins('server', 0, 'first\n');
    scene.joins('server', 1, 'second\n');
    scene.closes();
    const [chunk] = await read(scene, { attempt: 0 });
    expect(text(await read(scene, { attempt: 'all', from: chunk?.cursor ?? '' }))).toBe('second\n');
  });

  test('of another build is refused', async () => {
    await using scene = await openScene();
    const from = Buffer.from('{"build":"shop/k2","at":{}}').toString('base64url');
    await expect(read(scene, { from })).rejects.toThrow(LogNotFound);
  });
});

describe('the right to read', () => {
  test('is asked for again when it is used up', async () => {
    await using scene = await openScene();
    scene.runs('server', 0);
    const parts = Array.from({ length: 250 }, (_, part) => `line ${part}\n`);
    for (const [part, line] of parts.entries()) scene.writes('server', 0, part, line);
    expect(text(await read(scene))).toBe(parts.join(''));
    expect(scene.grants()).toBe(2);
  });

  test('is asked for again when the store says that it has ended', async () => {
    await using scene = await openScene();
    scene.runs('server', 0);
    scene.writes('server', 0, 0, 'one\n');
    scene.server.interceptors.push((response) => response.writeHead(403).end());
    expect(text(await read(scene))).toBe('one\n');
    expect(scene.grants()).toBe(2);
  });

  test('is not asked for for ever', async () => {
    await using scene = await openScene();
    scene.ended('server', 1);
    scene.joins('server', 0, 'one\n');
    for (let count = 0; count < 5; count += 1)
      scene.server.interceptors.push((response) => response.writeHead(403).end());
    await expect(read(scene)).rejects.toThrow(ServiceUnreachable);
    expect(scene.grants()).toBe(2);
  });
});

test('a connection that breaks in the middle of a log goes on where it broke', async () => {
  await using scene = await openScene();
  scene.ended('server', 1);
  scene.closes();
  scene.joins('server', 0, 'one\ntwo\n');
  scene.server.interceptors.push((response) => {
    response.writeHead(200, { 'content-length': '8' });
    response.write('one\n', () => setTimeout(() => response.destroy(), 50));
  });
  expect(text(await read(scene))).toBe('one\ntwo\n');
  expect(scene.server.requests).toEqual([
    'logs/shop/k1/api/server/0/log',
    'logs/shop/k1/api/server/0/log bytes=4-',
  ]);
});

describe('a selection', () => {
  test('reads nothing else', async () => {
    await using scene = await openScene(['a', 'b']);
    for (const name of ['a', 'b']) {
      scene.ended(name, 1);
      scene.joins(name, 0, `${name}\n`);
    }
    expect(text(await read(scene, { container: 'b' }), 'b')).toBe('b\n');
    expect(text(await read(scene, { component: 'api', container: 'b' }), 'a')).toBe('');
    expect(await read(scene, { component: 'api' })).toHaveLength(2);
  });

  test.each<[LogOptions, string]>([
    [{ component: 'web' }, 'no container web'],
    [{ container: 'c' }, 'no container c'],
    [{ component: 'web', container: 'a' }, 'no container web/a'],
  ])('of %o is told what there is', async (options, message) => {
    await using scene = await openScene(['a', 'b']);
    const reading = read(scene, options);
    await expect(reading).rejects.toThrow(LogNotFound);
    await expect(read(scene, options)).rejects.toThrow(`${message}; there are api/a, api/b`);
  });
});
