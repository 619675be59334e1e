import type { JSONInstruction, PropertyInstruction } from 'dockerfile-ast';
import type { Statement } from './statements.ts';
import { readStages, type BuildInputs, type StatementScope } from './stages.ts';

export interface LintResult {
  readonly warnings: readonly string[];
  /** False when the image depends on more than its inputs, so that it is never `unchanged`. */
  readonly cacheable: boolean;
}

/** ARGs that builders know without a declaration (Dockerfile reference, predefined ARGs). */
const predefined = /^(?:(?:https?|ftp|no|all)_proxy|SOURCE_DATE_EPOCH|BUILDKIT_\w+)$/i;

/**
 * What is worth a warning in a Dockerfile that can be built. Throws `DockerfileInvalid`.
 *
 * @param argumentPlace where a build argument is given, as messages begin: `slipway.yaml:9:5: …`;
 *   null: not known
 */
export function lintDockerfile(
  text: string,
  inputs: BuildInputs,
  argumentPlace: (name: string) => string | null = () => null,
): LintResult {
  const warnings: string[] = [];
  const declared = new Set<string>();
  let cacheable = true;

  readStages(text, inputs, (statement, scope) => {
    if (statement.keyword === 'ARG') {
      const properties = (statement.instruction as PropertyInstruction).getProperties();
      for (const property of properties) declared.add(property.getName());
    }
    if (statement.keyword !== 'ADD') return;
    const remote = remoteWithoutChecksum(statement, scope);
    if (remote === null) return;
    cacheable = false;
    warnings.push(
      `${inputs.file}:${statement.line}: ADD ${remote} without --checksum: its content may change, so this container is never \`unchanged\``,
    );
  });
  for (const name of Object.keys(inputs.buildArgs).toSorted()) {
    if (declared.has(name) || predefined.test(name)) continue;
    const place = argumentPlace(name);
    const missing =
      place === null ? `${inputs.file}: no ARG` : `${place}: no ARG of ${inputs.file}`;
    warnings.push(`${missing} declares the build argument ${name}: it has no effect`);
  }
  return { warnings, cacheable };
}

function remoteWithoutChecksum(
  { instruction }: Statement,
  { expand }: StatementScope,
): string | null {
  const add = instruction as JSONInstruction;
  if (add.getFlags().some((flag) => flag.getName() === 'checksum' && flag.getValue())) return null;
  const json = add.getJSONStrings().map((string) => string.getJSONValue());
  const words = json.length > 0 ? json : add.getArguments().map((word) => word.getValue());
  for (const word of words.slice(0, -1)) {
    const expansion = expand(word);
    // What only the builder can resolve may be a URL.
    const remote = expansion.ok
      ? /^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(expansion.text)
      : word.startsWith('$');
    if (remote) return word.replace(/\/\/[^/\s@]+@/, '//***@');
  }
  return null;
}
