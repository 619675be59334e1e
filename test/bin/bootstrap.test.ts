import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { checkout } from './checkout.ts';

const install = 'install --no-save --no-audit --no-fund --loglevel=error';

/** A pid that no process has: that of a process which has ended. */
function deadPid(): string {
  return String(spawnSync(process.execPath, ['--version']).pid);
}

describe('the first command in a fresh clone', () => {
  test('installs what the lockfile says, says so, and leaves no lock', async () => {
    const { root, lock, run, installs } = await checkout();
    const { code, stderr } = await run();
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^slipway: installing packages .*\nslipway: packages installed in \d+ s\n$/,
    );
    expect(await installs()).toEqual([install]);
    expect(existsSync(lock)).toBe(false);
    expect(await readFile(join(root, 'package-lock.json'), 'utf8')).toBe('{"version":1}');
  });

  test('is followed by commands that install nothing', async () => {
    const { run, installs } = await checkout();
    await run();
    expect(await run()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await installs()).toHaveLength(1);
  });
});

test.each<[string, (root: string) => Promise<void>]>([
  ['the lockfile changes', (root) => writeFile(join(root, 'package-lock.json'), '{"version":2}')],
  ['the packages are gone', (root) => rm(join(root, 'node_modules'), { recursive: true })],
])('packages are installed again when %s', async (_what, change) => {
  const { root, run, installs } = await checkout();
  await run();
  await change(root);
  expect((await run()).code).toBe(0);
  expect(await installs()).toEqual([install, install]);
});

test('a link to the command works from anywhere, as the README has it', async () => {
  const { root, run } = await checkout();
  const command = join(await temporaryDirectory(), 'slipway');
  await symlink(join(root, 'bin', 'slipway.js'), command);
  const { code, stdout } = await run('console.log(process.argv[1], process.cwd())', command);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${join(root, 'cli', 'main.ts')} ${dirname(command)}\n`,
  });
});

test('an install that fails ends with 3, names the remedy, and does not count', async () => {
  const { root, run, installs } = await checkout();
  await writeFile(join(root, 'npm-fails'), '');
  const failed = await run('console.log("started")');
  expect(failed).toMatchObject({ code: 3, stdout: '' });
  expect(failed.stderr).toContain('no route to host');
  expect(failed.stderr).toMatch(/`npm install` failed; .*run the command again\.\n$/);
  expect(failed.stderr).not.toMatch(/^\s+at /m);

  await rm(join(root, 'npm-fails'));
  expect((await run()).code).toBe(0);
  expect(await installs()).toHaveLength(2);
});

describe('two commands at once', () => {
  test('install once', async () => {
    const { lock, run, installs } = await checkout();
    const ended = await Promise.all([run(), run(), run()]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(await installs()).toHaveLength(1);
    expect(existsSync(lock)).toBe(false);
  });

  test('wait for the one that installs, and say so once', async () => {
    const { root, lock, start, run, installs } = await checkout();
    await run();
    const stamp = join(root, 'node_modules', '.slipway-installed');
    const wanted = await readFile(stamp, 'utf8');
    await rm(stamp);
    await writeFile(lock, String(process.pid));
    const waiting = start('console.log("started")');
    await waiting.said('another command is installing; waiting');
    await writeFile(stamp, wanted);
    await rm(lock);
    expect(await waiting.ended).toEqual({
      code: 0,
      stdout: 'started\n',
      stderr: 'slipway: another command is installing; waiting …\n',
    });
    expect(await installs()).toHaveLength(1);
  });

  test('do not wait for one that was killed', async () => {
    const { lock, run, installs } = await checkout();
    await writeFile(lock, deadPid());
    const { code, stderr } = await run();
    expect(code).toBe(0);
    expect(stderr).not.toContain('waiting');
    expect(await installs()).toHaveLength(1);
    expect(existsSync(lock)).toBe(false);
  });
});

describe('the command itself', () => {
  test('gets its arguments as they are, and the project’s programs first on PATH', async () => {
    const { root, run } = await checkout();
    const { stdout } = await run(
      'console.log(JSON.stringify([process.argv.slice(2), process.env.PATH.split(":")[0]]))',
    );
    const modules = join(root, 'node_modules', '.bin');
    expect(JSON.parse(stdout)).toEqual([['build', 'a b'], modules]);
  });

  test.each([
    ['process.exitCode = 0', 0],
    ['process.exitCode = 2', 2],
    ['process.exit(130)', 130],
    ['process.kill(process.pid, "SIGINT")', 130],
    ['process.kill(process.pid, "SIGTERM")', 128 + 15],
    ['process.kill(process.pid, "SIGKILL")', 128 + 9],
  ])('that ends with %s ends with %d', async (script, code) => {
    const { run } = await checkout();
    expect((await run(`${script}; setTimeout(() => {}, 0)`)).code).toBe(code);
  });

  const listening = (signal: string): string =>
    `process.on("${signal}", () => { console.log("${signal}"); process.exit(5); });
     setTimeout(() => {}, 60_000); console.log("ready")`;

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'is told of %s, and decides how to end',
    async (signal) => {
      const { start } = await checkout();
      const command = start(listening(signal));
      await command.said('ready');
      command.kill(signal);
      expect(await command.ended).toMatchObject({ code: 5, stdout: `ready\n${signal}\n` });
    },
  );
});

test('a task that does not exist is told with those that do', async () => {
  const { root } = await checkout();
  for (const task of ['', 'deploy', 'constructor']) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(root, 'bin', 'run.js'), ...(task === '' ? [] : [task])],
      { encoding: 'utf8', env: { PATH: dirname(process.execPath) } },
    );
    expect(status).toBe(2);
    expect(stderr).toBe('usage: node bin/run.js check | test | test:unit\n');
  }
});
