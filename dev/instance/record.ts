import { z } from 'zod';

import { readIfExists, writeFileAtomically } from '../files.ts';
import { deriveIdentity } from './identity.ts';
import type { InstancePaths } from './paths.ts';
import { type Ports, portNames } from './ports.ts';

/** What an instance has chosen for itself and keeps from one `up` to the next. */
export const Instance = z.object({
  id: z.string(),
  name: z.string(),
  bridge: z.string(),
  cgroup: z.string(),
  chainPrefix: z.string(),
  home: z.string(),
  subnet: z.object({ cidr: z.string(), gateway: z.string(), loopback: z.string() }),
  ports: z.record(z.enum(portNames), z.int().min(1).max(65_535)),
});
export type Instance = Readonly<
  Omit<z.infer<typeof Instance>, 'ports'> & { readonly ports: Ports }
>;

/**
 * The instance that was recorded in this home, or undefined for a new one.
 *
 * A record made for another path (the directory was moved or copied) keeps its subnet and ports
 * but takes the names of its new place: two instances never share a name.
 *
 * @throws Error when the file can't be understood
 */
export async function readInstance(paths: InstancePaths): Promise<Instance | undefined> {
  const text = await readIfExists(paths.instance);
  if (text === undefined) return undefined;
  const parsed = Instance.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new Error(
      `${paths.instance} isn't a record of a local environment (${z.prettifyError(parsed.error)}). ` +
        'Run `slipway dev down --purge` to start afresh.',
    );
  }
  return { ...parsed.data, ...deriveIdentity(paths.home), home: paths.home };
}

export async function writeInstance(paths: InstancePaths, instance: Instance): Promise<void> {
  await writeFileAtomically(paths.instance, `${JSON.stringify(instance, null, 2)}\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
