import { formatProblems, type Problem } from '../../definition/problem.ts';
import { parseDefinition } from '../../definition/parse.ts';
import type {
  ReadDefinitionInput,
  ReadDefinitionOutput,
} from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { withHeartbeats } from '../support/heartbeating.ts';
import { redact } from '../support/redact.ts';
import { readTreeFile } from './read-tree-file.ts';
import type { SourceTrees } from './source-trees.ts';

/** The parser's own limit, before the file is read. */
const maxBytes = 1024 * 1024;

/** Characters of problems that a failure carries: it is kept in the history and shown in full. */
const maxProblemText = 4000;

/**
 * Makes the activity that reads an application's definition from its repository, as it is there
 * now: what a scheduled run builds. Where the definition has no `spec.source`, its own repository
 * at the same commit is the source.
 *
 * The activity throws the failures of `SourceTrees`; `SourceNotFound` when the file is not there,
 * `ContextRefused` when it is a link that leads out, and `InvalidDefinition` with all problems,
 * each with its place.
 */
export function createReadDefinition(dependencies: { readonly trees: SourceTrees }) {
  const { trees } = dependencies;
  return async function readDefinition(input: ReadDefinitionInput): Promise<ReadDefinitionOutput> {
    const { definition, registry = definition.registry } = input;
    const { source, path } = definition;
    return withHeartbeats(async () => {
      const commit = await trees.resolve(source);
      const text = await trees.withTree({ ...source, commit }, (tree) =>
        readTreeFile(tree, path, { maxBytes, invalid: 'InvalidDefinition' }),
      );
      const parsed = parseDefinition(text, {
        file: path,
        source: { ...source, ref: commit },
        ...(registry === undefined ? {} : { registry }),
      });
      if (parsed.ok) return { application: parsed.application, commit };
      throw failure(
        'InvalidDefinition',
        `the definition in ${redact(source.git)} at ${commit} is refused:\n${problemText(parsed.problems)}`,
      );
    });
  };
}

/** As many problems as there is room for, one a line, and how many more there are. */
function problemText(problems: readonly Problem[]): string {
  const lines: string[] = [];
  let room = maxProblemText;
  for (const problem of problems) {
    const line = redact(formatProblems([problem])).slice(0, maxProblemText / 2);
    room -= line.length + 1;
    if (room < 0) break;
    lines.push(line);
  }
  const more = problems.length - lines.length;
  return more === 0 ? lines.join('\n') : [...lines, `… and ${more} more`].join('\n');
}
