import { assertNever } from '../../workflows/contract/assert-never.ts';
import type { TemplateKind } from '../../workflows/contract/application.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { renderHandlebars } from './handlebars.ts';
import { renderPlaceholders } from './placeholders.ts';
import type { Rendering, TemplateArguments } from './rendering.ts';

export interface TemplateOptions {
  /** Named in failures and warnings. */
  readonly file: string;
  readonly unusedArguments: 'error' | 'warn';
}

/**
 * Renders a Dockerfile template; a file that is none comes back as it is.
 *
 * Throws `TemplateInvalid`, with line and column, for syntax that is not allowed, an argument that
 * is missing, and, unless `unusedArguments` is `warn`, one that is not used.
 */
export function renderTemplate(
  kind: TemplateKind,
  text: string,
  args: TemplateArguments,
  options: TemplateOptions,
): { readonly text: string; readonly warnings: readonly string[] } {
  if (kind === 'none') return { text, warnings: [] };
  const rendering = render(kind, text, args, options.file);

  const unused = Object.keys(args).filter((name) => !rendering.used.has(name));
  const messages = unused.map(
    // An argument that occurs nowhere has no place in the template but its beginning.
    (name) => `${options.file}:1:1: the argument ${name} is not used by the template`,
  );
  if (messages.length > 0 && options.unusedArguments === 'error') {
    throw failure(
      'TemplateInvalid',
      `${messages.join('; ')}: expected every argument to be used, or \`unusedArguments: warn\``,
    );
  }
  return { text: rendering.text, warnings: messages };
}

function render(
  kind: Exclude<TemplateKind, 'none'>,
  text: string,
  args: TemplateArguments,
  file: string,
): Rendering {
  switch (kind) {
    case 'handlebars':
      return renderHandlebars(text, args, file);
    case 'placeholder':
      return renderPlaceholders(text, args, file);
    default:
      return assertNever(kind);
  }
}
