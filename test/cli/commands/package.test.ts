import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { packageCommand } from '../../../cli/commands/package.ts';
import { reportError } from '../../../cli/exit.ts';
import type { PackageRef } from '../../../workflows/contract/build.ts';
import { publishApplication, type Published } from '../../activities/package/published.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

interface Outcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as `cli/main.ts` runs it, where there is no local environment and no Temporal. */
async function run(home: string, ...args: readonly string[]): Promise<Outcome> {
  vi.stubEnv('HOME', home);
  vi.stubEnv('DOCKER_CONFIG', undefined);
  vi.stubEnv('SLIPWAY_HOME', join(home, '.slipway'));
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += stripVTControlCharacters(String(text));
      return true;
    });
  }
  try {
    await packageCommand().parseAsync(args, { from: 'user' });
    return { code: process.exitCode, ...written };
  } catch (error) {
    const code = reportError(error);
    return { code, ...written };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
}

let shop: Published;
beforeAll(async () => {
  shop = await publishApplication();
});

async function saved(ref: PackageRef = shop.package): Promise<{ home: string; file: string }> {
  const home = await temporaryDirectory();
  const file = join(home, 'package.zip');
  await writeFile(file, shop.store.objects.get(ref.object)!);
  await writeFile(`${file}.intoto.json`, shop.store.objects.get(ref.provenance!)!);
  return { home, file };
}

describe('package verify FILE', () => {
  it('checks a package with the statement beside it', async () => {
    const { home, file } = await saved();
    const { code, stdout, stderr } = await run(home, 'verify', file, '--offline');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ok +package: sums /m);
    expect(stdout).toMatch(/^ok +provenance: subject /m);
    expect(stdout).toMatch(/^skipped +registry /m);
    expect(stdout).toMatch(/^Verified: \d+ checks\.$/m);
  });

  it('ends with 1 where a check does not hold', async () => {
    const { home, file } = await saved();
    await writeFile(
      file,
      Buffer.concat([shop.store.objects.get(shop.package.object)!, Buffer.from('x')]),
    );
    const { code, stdout } = await run(home, 'verify', file, '--offline');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAILED +package: archive /m);
    expect(stdout).toMatch(/^NOT verified: \d+ of \d+ checks\.$/m);
  });

  it('prints one JSON object', async () => {
    const [api] = shop.components;
    const { home, file } = await saved(api!.package);
    const outcome = await run(home, 'verify', file, '--offline', '--json');
    expect(outcome.code).toBe(0);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      package: file,
      verified: true,
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'package: component.json', status: 'ok' }),
      ]) as unknown,
    });
  });

  it('takes a statement from elsewhere', async () => {
    const { home, file } = await saved();
    const other = join(home, 'elsewhere.json');
    await writeFile(other, 'no statement');
    const { code, stdout } = await run(home, 'verify', file, '--offline', '--provenance', other);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAILED +provenance: statement /m);
  });

  it('ends with 3 where a registry does not answer', async () => {
    const { home, file } = await saved();
    const { code, stdout } = await run(home, 'verify', file);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^unreachable +registry: api\/server /m);
  });

  it.each([
    ['a file that is not there', ['none.zip'], /cannot read the package .*none\.zip/],
    ['a directory', ['./folder'], /cannot read the package/],
    ['a version of a file', ['x.zip', '1.0.0'], /is a file/],
    ['a build of a file', ['x.zip', '--build', 'shop/b1'], /is a file/],
  ])('refuses %s', async (_, [file = '', ...args], message) => {
    const home = await temporaryDirectory();
    await mkdir(join(home, 'folder'));
    const { code, stderr } = await run(home, 'verify', join(home, file), '--offline', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('package get', () => {
  it.each([
    ['a version and a build', ['get', 'shop', '1.0.0', '--build', 'shop/b1']],
    ["another application's build", ['get', 'shop', '--build', 'other/b1']],
  ])('refuses %s', async (_, args) => {
    const { code, stderr } = await run(await temporaryDirectory(), ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^slipway: /);
  });
});
