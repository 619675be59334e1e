import { statSync } from 'node:fs';
import { Option } from 'commander';
import type { Application } from '../workflows/contract/application.ts';
import type { ForceSelection } from '../workflows/contract/build.ts';
import { UsageError } from './exit.ts';
import { findContainer } from './find-container.ts';

/** What `--force` was given: true for every container, or those that are named. */
export type Forced = readonly string[] | true;

export function forceOption(): Option {
  return new Option(
    '--force [container]',
    'build although an image of the same inputs exists: this container (repeatable), or all',
  ).argParser((written: string, before: Forced | undefined): Forced =>
    before === true ? true : [...(before ?? []), written],
  );
}

/**
 * The definition and what is forced. In `build --force slipway.yaml` the definition stands where a
 * container could: where no other is named, it is the definition, and all containers are forced.
 */
export function fileAndForced(
  file: string | undefined,
  force: Forced | undefined,
): { readonly file: string | undefined; readonly force: Forced | undefined } {
  const last = force === true ? undefined : force?.at(-1);
  if (file !== undefined || last === undefined || !isDefinition(last)) return { file, force };
  return { file: last, force: true };
}

function isDefinition(written: string): boolean {
  if (written === '-' || /\.ya?ml$/.test(written)) return true;
  return statSync(written, { throwIfNoEntry: false })?.isFile() === true;
}

/** @throws UsageError for a container that there is not, or that is not built */
export function forceSelection(
  application: Application,
  force: Forced | undefined,
): ForceSelection {
  if (force === undefined) return 'none';
  if (force === true) return 'all';
  return force.map((written) => {
    try {
      const { component, container } = findContainer(application, written);
      return { component, container: container.name };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`--force ${written}: ${error.message}`, { cause: error });
    }
  });
}
