import Handlebars from 'handlebars';
import { checkTemplate, type CheckResult } from './handlebars-check.ts';
import { describeSyntax } from './handlebars-syntax.ts';
import { templateInvalid, type TemplateFault } from './template-error.ts';
import type { Rendering, TemplateArguments } from './rendering.ts';

const toText = 'toText';

/** The library's parser takes quadratic time: a second for twice as many. */
const maxTags = 1000;

/**
 * Renders a Handlebars template over arguments alone. The parsed template is checked before it is
 * compiled: `strict` passes `{{#if missing}}` and `{{constructor}}`.
 *
 * Throws `TemplateInvalid`.
 */
export function renderHandlebars(text: string, args: TemplateArguments, file: string): Rendering {
  const tags = text.split('{{').length - 1;
  if (tags > maxTags) {
    const message = `the template has ${tags} tags; at most ${maxTags} are allowed`;
    throw templateInvalid(file, [{ line: 1, column: 1, message }]);
  }
  const { program, faults, used } = parseAndCheck(text, args, file);
  if (faults.length > 0) throw templateInvalid(file, faults);

  // An environment of its own: nothing registered elsewhere in the process is seen here.
  const environment = Handlebars.create();
  for (const helper of ['log', 'lookup', 'blockHelperMissing']) {
    environment.unregisterHelper(helper);
  }
  environment.registerHelper(toText, String);
  try {
    writeAsText(program);
    const template = environment.compile<TemplateArguments>(program, {
      noEscape: true,
      strict: true,
      knownHelpersOnly: true,
      knownHelpers: { log: false, lookup: false, [toText]: true },
    });
    return { text: template({ ...args }), used };
  } catch (error) {
    throw templateInvalid(file, [placeOf(error)], error);
  }
}

/**
 * Makes every `{{value}}` a call of `toText`. Without escaping, the compiled template joins raw
 * values by `+`, and two booleans in a row become their sum.
 */
function writeAsText(program: hbs.AST.Program): void {
  const visitor = new Handlebars.Visitor();
  visitor.MustacheStatement = (mustache) => {
    const { loc, path } = mustache;
    mustache.params = [path];
    mustache.path = {
      type: 'PathExpression',
      loc,
      data: false,
      depth: 0,
      parts: [toText],
      original: toText,
    } as hbs.AST.PathExpression;
  };
  visitor.accept(program);
}

function parseAndCheck(
  text: string,
  args: TemplateArguments,
  file: string,
): { readonly program: hbs.AST.Program } & CheckResult {
  try {
    const program = Handlebars.parse(text);
    return { program, ...checkTemplate(program, args) };
  } catch (error) {
    throw templateInvalid(file, describeSyntax(text, error), error);
  }
}

/** What the library finds when it compiles or runs a template that the check let through. */
function placeOf(error: unknown): TemplateFault {
  if (!(error instanceof Error)) return { line: 1, column: 1, message: String(error) };
  const { lineNumber = 1, column = 0 } = error as Error & { lineNumber?: number; column?: number };
  const message = error.message.replace(/ - \d+:\d+$/, '');
  return { line: lineNumber, column: column + 1, message };
}
