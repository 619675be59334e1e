import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

import type { Reporter } from '../../../dev/reporter.ts';
import type { GoPart, GoProgramPin } from '../../../dev/tools/pins.ts';

/** A directory of this test alone. */
export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-tools-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes an executable script and returns its path. */
export async function writeScript(path: string, ...lines: readonly string[]): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(path, 0o755);
  return path;
}

/** A program that only says its version. */
export async function writeProgram(path: string, version: string): Promise<string> {
  return writeScript(path, `echo "tool version ${version}"`);
}

export function programPin(name: string): GoProgramPin {
  return {
    name,
    variable: `SLIPWAY_${name.toUpperCase()}_BINARY`,
    package: `example.com/${name}`,
    builtName: name,
    versionArguments: ['--version'],
    versionPattern: /tool version (\d+)\.(\d+)\.(\d+)/,
    accepted: { from: [2, 1, 0], below: [3, 0, 0] },
  };
}

export function goPart(programs: readonly string[], change: Partial<GoPart> = {}): GoPart {
  return {
    name: 'part',
    version: '2.1.0',
    linkerFlags: [],
    programs: programs.map(programPin),
    downloads: {},
    ...change,
  };
}

/** Remembers what it was told, one line each. */
export function recordingReporter(): Reporter & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    info: (message) => void lines.push(message),
    warn: (message) => void lines.push(`warning: ${message}`),
    step: async (title, work) => {
      lines.push(title);
      return work((text) => void lines.push(`  ${text}`));
    },
  };
}
