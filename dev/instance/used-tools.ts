import { join } from 'node:path';

import { z } from 'zod';

import { readIfExists, writeFileAtomically } from '../files.ts';
import type { Iptables } from '../host/firewall.ts';
import type { InstancePaths } from './paths.ts';

const UsedTools = z.object({ iptables: z.string(), environment: z.record(z.string(), z.string()) });

/** Records the programs that `down` will need, so that it has to find or compile nothing. */
export async function writeTools(
  paths: InstancePaths,
  { iptables, environment }: Iptables,
): Promise<void> {
  await writeFileAtomically(
    toolsPath(paths),
    `${JSON.stringify({ iptables, environment }, null, 2)}\n`,
  );
}

/** The recorded programs, or undefined where `up` never came to making anything. */
export async function readTools(paths: InstancePaths): Promise<Iptables | undefined> {
  const text = await readIfExists(toolsPath(paths));
  return text === undefined ? undefined : UsedTools.parse(JSON.parse(text));
}

function toolsPath(paths: InstancePaths): string {
  return join(paths.config, 'tools.json');
}
