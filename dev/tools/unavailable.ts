import type { ProgramPin } from './pins.ts';
import { describeRange } from './versions.ts';

/** A program that could not be had, and what was tried, in order. */
export interface MissingProgram {
  /** Without accepted versions: something that isn't looked for on PATH. */
  readonly pin: Pick<ProgramPin, 'name' | 'variable'> & Partial<Pick<ProgramPin, 'accepted'>>;
  readonly reasons: readonly string[];
  /** What helps besides naming a binary and putting one on PATH, one line each. */
  readonly waysOut: readonly string[];
}

/** What the local environment needs and this machine can't have: everything at once. */
export class ToolsUnavailableError extends Error {
  override readonly name = 'ToolsUnavailableError';
  readonly missing: readonly MissingProgram[];

  constructor(missing: readonly MissingProgram[]) {
    super(describeMissing(missing));
    this.missing = missing;
  }
}

/** The message: programs that failed for the same reasons share a paragraph. */
function describeMissing(missing: readonly MissingProgram[]): string {
  const groups = new Map<string, MissingProgram[]>();
  for (const program of missing) {
    const key = JSON.stringify([program.reasons, program.waysOut]);
    groups.set(key, [...(groups.get(key) ?? []), program]);
  }
  const count = missing.length === 1 ? 'one program' : `${missing.length} programs`;
  return [
    `The local environment needs ${count} that could not be had on this machine.`,
    ...[...groups.values()].flatMap(describeGroup),
  ].join('\n');
}

function describeGroup(group: readonly MissingProgram[]): readonly string[] {
  const pins = group.map(({ pin }) => pin);
  const versions = pins.flatMap(({ name, accepted }) =>
    accepted === undefined ? [] : [`${name} (${describeRange(accepted)})`],
  );
  return [
    '',
    pins.map(({ name }) => name).join(', '),
    '  tried:',
    ...(group[0]?.reasons ?? []).map((reason) => `    - ${reason.replaceAll('\n', '\n      ')}`),
    '  any one of these helps:',
    `    - name your own: ${pins.map(({ variable }) => `${variable}=/path`).join(' ')}`,
    ...(versions.length === 0 ? [] : [`    - put on PATH: ${versions.join(', ')}`]),
    ...(group[0]?.waysOut ?? []).map((way) => `    - ${way}`),
  ];
}
