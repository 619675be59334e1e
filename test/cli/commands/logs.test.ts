import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { logsCommand } from '../../../cli/commands/logs.ts';
import { withClient } from '../../../cli/with-client.ts';
import { openScene, type Scene } from '../../client/logs/scene.ts';

vi.mock('node:timers/promises', { spy: true });
vi.mock('../../../cli/with-client.ts', { spy: true });

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** What the command prints of the scene's build, and how it ends. */
async function logs({ client }: Scene, ...args: readonly string[]) {
  vi.mocked(withClient).mockImplementation((use) => use(client));
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi
      .spyOn(process[name], 'write')
      .mockImplementation((text) => Boolean((written[name] += String(text)))),
  );
  const error: unknown = await logsCommand()
    .parseAsync(['shop/k1', ...args], { from: 'user' })
    .then(
      () => null,
      (reason: unknown) => reason,
    );
  const { exitCode: code } = process;
  for (const spy of spies) spy.mockRestore();
  return { ...written, code, error };
}

const interrupt = (): void => void process.emit('SIGINT');

describe('a container of which nothing is printed', () => {
  test('is told on stderr, the others are printed', async () => {
    await using scene = await openScene(['server', 'db']);
    scene.ended('server', 1);
    scene.joins('server', 0, 'one\n');
    scene.ended('db', 0, 'unchanged');
    scene.closes();
    expect(await logs(scene)).toEqual({
      stdout: 'api/server | one\n',
      stderr: 'api/db: unchanged, no Pod ran\n',
      code: 0,
      error: null,
    });
  });

  test('is told with what it has, where the attempt is none, and that is bad input', async () => {
    await using scene = await openScene();
    scene.ended('server', 2);
    scene.closes();
    expect(await logs(scene, '--attempt', '9')).toMatchObject({
      stdout: '',
      stderr: 'api/server has attempts 0–1\n',
      code: 2,
    });
  });

  test('is not told again behind a cursor', async () => {
    await using scene = await openScene(['server', 'db']);
    scene.ended('server', 1);
    scene.joins('server', 0, 'one\n');
    scene.ended('db', 0, 'unchanged');
    scene.closes();
    const { stdout } = await logs(scene, '--json');
    const { cursor } = JSON.parse(stdout) as { readonly cursor: string };
    expect(await logs(scene, '--cursor', cursor)).toMatchObject({
      stdout: '',
      stderr: '',
      code: 0,
    });
  });
});

test('an attempt that is followed before it is there is said to be waited for', async () => {
  await using scene = await openScene();
  scene.runs('server', 1);
  scene.later(() => {
    scene.ended('server', 2);
    scene.closes();
  });
  expect(await logs(scene, '-f', '--attempt', '9')).toMatchObject({
    stdout: '',
    stderr:
      'api/server has attempts 0–1 so far; waiting for attempt 9\napi/server has attempts 0–1\n',
    code: 2,
  });
});

describe('an interrupt', () => {
  const way = /^\nTo go on from here:\n {2}(slipway logs .*)\n$/;

  test('of -f names the same command, from behind what was printed', async () => {
    await using scene = await openScene(['server', 'db']);
    scene.runs('server', 1);
    scene.writes('server', 1, 0, 'one\nand half');
    scene.later(interrupt);
    const { stdout, stderr, code } = await logs(scene, '-f', 'api/', '--attempt', 'all');
    expect(stdout).toBe('api/server#1 | one\napi/server#1 | and half\n');
    expect(code).toBe(130);
    const [, command = ''] = way.exec(stderr) ?? [];
    expect(command).toMatch(/^slipway logs -f shop\/k1 api\/ --attempt all --cursor [0-9a-f]\S+$/);
    scene.writes('server', 1, 1, ' a line\n');
    const words = command
      .split(' ')
      .slice(2)
      .filter((word) => word !== 'shop/k1');
    const again = await logs(scene, ...words);
    expect(again.stdout).toBe('api/server#1 |  a line\n');
  });

  test('of -f before anything was printed names the same command', async () => {
    await using scene = await openScene();
    scene.later(interrupt);
    const { stderr, code } = await logs(scene, '-f', 'server', '--attempt', '3', '--json');
    expect(stderr.split('\n').slice(1).join('\n')).toMatch(way);
    expect(stderr).toContain('  slipway logs -f shop/k1 server --attempt 3 --json\n');
    expect(code).toBe(130);
  });

  test('of a reading that ends by itself says nothing', async () => {
    await using scene = await openScene();
    scene.ended('server', 1);
    scene.joins('server', 0, 'one\n');
    scene.server.interceptors.push((response) => {
      interrupt();
      response.destroy();
    });
    expect(await logs(scene)).toMatchObject({ stdout: '', stderr: '', code: 130 });
  });
});

test('a reading that breaks off names the command that goes on, without -f', async () => {
  await using scene = await openScene(['server', 'db']);
  scene.runs('server', 0);
  scene.writes('server', 0, 0, 'one\n');
  scene.ended('db', 1);
  scene.joins('db', 0, 'two\n');
  vi.mocked(delay).mockClear();
  const breaking = Array.from({ length: 9 }, () => (response: { destroy(): unknown }) => {
    response.destroy();
  });
  scene.server.interceptors.push((response) => response.end('two\n'), ...breaking);
  const { stderr, error } = await logs(scene);
  expect(error).toMatchObject({ name: 'ServiceUnreachable' });
  expect(stderr).toMatch(/\n {2}slipway logs shop\/k1 --cursor \S+\n$/);
});
