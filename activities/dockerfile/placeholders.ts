import { describeMissing } from './missing-argument.ts';
import { templateInvalid, type TemplateFault } from './template-error.ts';
import type { Rendering, TemplateArguments } from './rendering.ts';

const placeholder = /\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}/g;

/**
 * Replaces `{{ NAME }}` by the argument of this name. All other braces are text, and so are the
 * braces in values: nothing is replaced twice.
 *
 * Throws `TemplateInvalid` for arguments that are missing or lists.
 */
export function renderPlaceholders(text: string, args: TemplateArguments, file: string): Rendering {
  const faults: TemplateFault[] = [];
  const used = new Set<string>();
  const positionOf = positions(text);
  const rendered = text.replace(placeholder, (written, name: string, offset: number) => {
    const fault = (message: string): string => {
      faults.push({ ...positionOf(offset), message });
      return written;
    };
    used.add(name);
    if (!Object.hasOwn(args, name)) return fault(describeMissing(name, args));
    const value = args[name];
    if (typeof value === 'string' || typeof value === 'boolean') return String(value);
    return fault(`the argument ${name} is a list, and a placeholder takes a string`);
  });
  if (faults.length > 0) throw templateInvalid(file, faults);
  return { text: rendered, used };
}

/** Line and column of offsets that are asked for in order: all are found in one pass. */
function positions(
  text: string,
): (offset: number) => { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  let feed = text.indexOf('\n');
  return (offset) => {
    while (feed !== -1 && feed < offset) {
      line += 1;
      start = feed + 1;
      feed = text.indexOf('\n', start);
    }
    return { line, column: offset - start + 1 };
  };
}
