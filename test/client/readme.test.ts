import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Checks programs as those of a service would be that has the library; what is wrong with each. */
async function complaints(programs: readonly string[]): Promise<readonly (readonly string[])[]> {
  const directory = await temporaryDirectory();
  const files = programs.map((_, index) => `service-${index}.mts`);
  await Promise.all(
    programs.map((program, index) => writeFile(join(directory, files[index] ?? ''), program)),
  );
  const compilerOptions = {
    paths: { slipway: [join(root, 'client', 'index.ts')] },
    typeRoots: [join(root, 'node_modules', '@types')],
  };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const told = await execute(tsc, ['-p', directory]).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  );
  return files.map((file) => told.split('\n').filter((line) => line.includes(`/${file}(`)));
}

test('the programs of the README compile', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const programs = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program = '']) => program);
  expect(programs.length).toBeGreaterThan(0);
  // What does not compile is seen.
  const wrong = "import { deploy } from 'slipway';\nawait deploy(text);\n";
  const told = await complaints([...programs, wrong]);
  expect(told.at(-1)).toEqual([
    expect.stringContaining("no exported member 'deploy'"),
    expect.stringContaining("Cannot find name 'text'"),
  ]);
  expect(told.slice(0, -1)).toEqual(programs.map(() => []));
}, 60_000);
