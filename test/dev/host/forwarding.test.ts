import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import {
  enableForwarding,
  type ForwardingFiles,
  restoreForwarding,
} from '../../../dev/host/forwarding.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function machine(value: string): Promise<ForwardingFiles> {
  const directory = await temporaryDirectory();
  const files = {
    sysctl: join(directory, 'ip_forward'),
    before: join(directory, 'slipway', 'before'),
  };
  await writeFile(files.sysctl, `${value}\n`);
  return files;
}

async function current(files: ForwardingFiles): Promise<string> {
  return (await readFile(files.sysctl, 'utf8')).trim();
}

test.each(['0', '1'])('the last instance restores %s', async (before) => {
  const files = await machine(before);
  await enableForwarding(files);
  expect(await current(files)).toBe('1');
  await restoreForwarding(files, true);
  expect(await current(files)).toBe(before);
  expect(existsSync(files.before)).toBe(false);
});

test('a second instance neither takes 1 for the original nor turns it off for the first', async () => {
  const files = await machine('0');
  await enableForwarding(files);
  await enableForwarding(files);
  await restoreForwarding(files, false);
  expect(await current(files)).toBe('1');
  await restoreForwarding(files, true);
  expect(await current(files)).toBe('0');
});

test('restoring without an earlier start changes nothing', async () => {
  const files = await machine('1');
  await restoreForwarding(files, true);
  expect(await current(files)).toBe('1');
});
