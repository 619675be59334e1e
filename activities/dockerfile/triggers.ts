import type { Onbuild } from 'dockerfile-ast';
import { failure } from '../../workflows/contract/failures.ts';
import type { Statement } from './statements.ts';

/** What builders refuse when the trigger runs: said before. */
const notAllowed = ['FROM', 'MAINTAINER', 'ONBUILD'];

/**
 * The instruction that an ONBUILD keeps for the stage that is built on this one; null where there is
 * none. Throws `DockerfileInvalid`, with the line, for one that no builder takes.
 */
export function triggerOf(statement: Statement, file: string): Statement | null {
  const instruction = (statement.instruction as Onbuild).getTriggerInstruction();
  if (instruction === null) return null;
  const keyword = instruction.getKeyword();
  if (notAllowed.includes(keyword)) {
    throw failure(
      'DockerfileInvalid',
      `${file}:${statement.line}: ONBUILD ${keyword} is not allowed`,
    );
  }
  return { ...statement, keyword, instruction };
}
