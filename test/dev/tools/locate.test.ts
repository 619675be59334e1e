import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

import {
  isExecutable,
  locateByVariable,
  locateOnPath,
  locateOnSystem,
  ToolVariableError,
} from '../../../dev/tools/locate.ts';
import {
  programPin,
  recordingReporter,
  scratchDirectory,
  writeProgram,
  writeScript,
} from './support.ts';

const pin = programPin('tool');

test('a variable wins over PATH, whatever version it names', async () => {
  const directory = await scratchDirectory();
  const named = await writeProgram(join(directory, 'mine', 'tool'), '9.0.0');
  await writeProgram(join(directory, 'bin', 'tool'), '2.5.0');
  const environment = { PATH: join(directory, 'bin'), SLIPWAY_TOOL_BINARY: named };
  const reporter = recordingReporter();

  expect(await locateOnSystem(pin, environment, reporter)).toEqual({
    found: true,
    path: named,
    version: '9.0.0',
  });
  expect(reporter.lines).toEqual([`tool 9.0.0, named by SLIPWAY_TOOL_BINARY: ${named}`]);
});

test('a variable that names nothing usable is an error, not passed over', async () => {
  const directory = await scratchDirectory();
  const broken = await writeScript(join(directory, 'broken'), 'exit 3');
  const text = join(directory, 'text');
  await writeFile(text, 'not a program');
  for (const path of [join(directory, 'absent'), 'relative/tool', directory, text, broken]) {
    const located = locateByVariable(pin, { SLIPWAY_TOOL_BINARY: path });
    await expect(located).rejects.toThrow(ToolVariableError);
    await expect(located).rejects.toThrow(`SLIPWAY_TOOL_BINARY=${path}`);
  }
});

test('an empty variable is as good as none', async () => {
  expect(await locateByVariable(pin, { SLIPWAY_TOOL_BINARY: '' })).toBeUndefined();
});

test('PATH is searched on behind a version that is not accepted', async () => {
  const directory = await scratchDirectory();
  const [first, second] = [join(directory, 'first'), join(directory, 'second')];
  await writeProgram(join(first, 'tool'), '1.9.9');
  const good = await writeProgram(join(second, 'tool'), '2.1.0');
  expect(await locateOnPath(pin, { PATH: `${first}:${second}` })).toEqual({
    found: true,
    path: good,
    version: '2.1.0',
  });
});

test('a program that is there under another name is found', async () => {
  const directory = await scratchDirectory();
  const path = await writeProgram(join(directory, 'also'), '2.1.0');
  const located = await locateOnPath({ ...pin, otherNames: ['also'] }, { PATH: directory });
  expect(located).toMatchObject({ found: true, path });
});

test('the reasons name each unusable program, its version and what is accepted', async () => {
  const directory = await scratchDirectory();
  const paths = ['old', 'silent', 'failing', 'empty'].map((name) => join(directory, name));
  const [old = '', silent = '', failing = '', empty = ''] = paths;
  await writeProgram(join(old, 'tool'), '1.0.0');
  await writeScript(join(silent, 'tool'), 'echo hello');
  await writeScript(join(failing, 'tool'), 'echo no such library >&2', 'exit 127');
  await mkdir(empty);
  expect(await locateOnPath(pin, { PATH: paths.join(':') })).toEqual({
    found: false,
    reasons: [
      `${old}/tool is 1.0.0; accepted is 2.1.0 or newer, below 3.0.0`,
      `${silent}/tool does not say which version it is`,
      expect.stringMatching(/failing\/tool does not run: .*no such library/s),
    ],
  });
});

test('relative entries of PATH are not searched: they mean another place elsewhere', async () => {
  const directory = await scratchDirectory();
  await writeProgram(join(directory, 'tool'), '2.1.0');
  const located = await locateOnPath(pin, { PATH: relative(process.cwd(), directory) });
  expect(located).toEqual({ found: false, reasons: ['not on PATH'] });
});

test('a file without the permission, and a directory, are not executables', async () => {
  const directory = await scratchDirectory();
  const path = await writeProgram(join(directory, 'tool'), '2.1.0');
  expect(await isExecutable(path)).toBe(true);
  await chmod(path, 0o644);
  expect(await isExecutable(path)).toBe(false);
  expect(await isExecutable(directory)).toBe(false);
});
