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
  /** Where an argument is given, as messages begin: `slipway.yaml:9:5: …`; null: not known. */
  readonly argumentPlace?: (name: string) => string | null;
}

/**
 * Renders a Dockerfile template; a file that is none comes back as it is.
 *
 * Throws `TemplateInvalid`: with line and column for syntax that is not allowed and for an argument
 * that is missing, and, unless `unusedArguments` is `warn`, for arguments that are not used.
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
  // An argument that occurs nowhere has no place in the template.
  const messages = unused.map((name) => {
    const place = options.argumentPlace?.(name) ?? null;
    return place === null
      ? `${options.file}: the argument ${name} is not used by the template`
      : `${place}: the argument ${name} is not used by ${options.file}`;
  });
  if (messages.length > 0 && options.unusedArguments === 'error') {
    const expected = 'expected `unusedArguments: warn`, or a template that uses it';
    throw failure(
      'TemplateInvalid',
      messages.map((message) => `${message}; ${expected}`).join('\n'),
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
