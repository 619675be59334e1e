import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../../../workflows/contract/failures.ts';
import { checkOf, type Check } from './check.ts';
import type { PackageContainer } from './contents.ts';

/** Questions to registries at once. */
const parallel = 8;

const away: readonly FailureType[] = ['RegistryUnavailable', 'RegistryRateLimited'];

export type AskRegistry = (container: PackageContainer) => Promise<string | null>;

/**
 * Asks for every image by its digest.
 *
 * @param ask the digest that the registry has for the container's image; null for none. It throws
 *   as `Registry` does
 */
export async function checkImages(
  containers: readonly PackageContainer[],
  ask: AskRegistry,
): Promise<readonly Check[]> {
  const distinct = [...Map.groupBy(containers, ({ image }) => image).values()];
  const checks: Check[][] = distinct.map(() => []);
  const pending = distinct.entries();
  async function work(): Promise<void> {
    for (const [index, group] of pending) {
      const [first] = group;
      if (first === undefined) continue;
      const labels = group.map(({ label }) => label).join(', ');
      checks[index] = [await checkImage(`registry: ${labels}`, first, ask)];
    }
  }
  await Promise.all(Array.from({ length: parallel }, work));
  return checks.flat();
}

async function checkImage(
  name: string,
  container: PackageContainer,
  ask: AskRegistry,
): Promise<Check> {
  const { image, digest } = container;
  try {
    const found = await ask(container);
    const problem =
      found === null ? `the registry has no ${image}` : `${image}: the registry has ${found}`;
    return checkOf(name, found === digest ? [] : [problem], image);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const isAway = away.some((type) => type === error.type);
    return { name, status: isAway ? 'unreachable' : 'failed', detail: error.message };
  }
}
