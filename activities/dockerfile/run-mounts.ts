import type { ModifiableInstruction } from 'dockerfile-ast';
import type { Statement } from './statements.ts';

/** The options of one `--mount` of a RUN: name in lower case → value, null where it has none. */
export type RunMount = ReadonlyMap<string, string | null>;

/** The mounts of a RUN instruction, options as they are written; none for other instructions. */
export function runMounts({ keyword, instruction }: Statement): readonly RunMount[] {
  if (keyword !== 'RUN') return [];
  return (instruction as ModifiableInstruction)
    .getFlags()
    .filter((flag) => flag.getName().toLowerCase() === 'mount')
    .map((flag) => new Map((flag.getValue() ?? '').split(',').map(readOption)));
}

/** Without a type a mount is one of files (Dockerfile reference, RUN --mount). */
export function mountType(mount: RunMount): string {
  return mount.get('type') ?? 'bind';
}

function readOption(text: string): [string, string | null] {
  const option = text.trim().replaceAll('"', '');
  const equals = option.indexOf('=');
  if (equals === -1) return [option.toLowerCase(), null];
  return [option.slice(0, equals).toLowerCase(), option.slice(equals + 1)];
}
