import { ApplicationFailure } from '@temporalio/common';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { TemplateArguments } from '../../../activities/dockerfile/rendering.ts';
import { renderTemplate } from '../../../activities/dockerfile/template.ts';
import type { TemplateKind } from '../../../workflows/contract/application.ts';

// Property tests take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const args: TemplateArguments = {
  base: 'debian:12',
  debug: true,
  off: false,
  packages: ['curl', 'git'],
  empty: [],
  blank: '',
};

function render(
  text: string,
  kind: TemplateKind = 'handlebars',
  given: TemplateArguments = args,
): string {
  return renderTemplate(kind, text, given, { file: 'D', unusedArguments: 'warn' }).text;
}

/** The failure's `file:line:column` and message; one line for each fault. */
function fault(text: string, kind: TemplateKind = 'handlebars', given = args): string {
  try {
    render(text, kind, given);
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'TemplateInvalid')
      return error.message;
    throw error;
  }
  throw new Error(`${text} was rendered`);
}

function outcome(text: string): string {
  try {
    render(text);
    return 'rendered';
  } catch (error) {
    const { type, message } = error as { readonly type?: string; readonly message?: string };
    return `${type} ${message}`;
  }
}

describe('renderTemplate, handlebars', () => {
  it.each([
    ['FROM {{base}}', 'FROM debian:12'],
    ['{{ base }}|{{{base}}}|{{&base}}', 'debian:12|debian:12|debian:12'],
    ['{{debug}} {{off}} {{blank}}.', 'true false .'],
    ['{{debug}}{{debug}}{{off}}', 'truetruefalse'],
    ['{{#if debug}}a{{else}}b{{/if}}{{#unless debug}}c{{/unless}}', 'a'],
    ['{{#if off}}a{{else if debug}}b{{else}}c{{/if}}', 'b'],
    ['{{#if empty}}a{{else}}b{{/if}}', 'b'],
    ['{{#each packages}}{{this}}{{#unless @last}} {{/unless}}{{/each}}', 'curl git'],
    ['{{#each packages}}{{@index}}{{@first}}{{.}};{{/each}}', '0truecurl;1falsegit;'],
    ['{{#each packages as |name i|}}{{i}}={{name}};{{/each}}', '0=curl;1=git;'],
    [
      '{{#each packages}}{{../base}},{{@root.base}};{{/each}}',
      'debian:12,debian:12;debian:12,debian:12;',
    ],
    ['{{#each packages}}{{#if ../debug}}{{this}}{{/if}}{{/each}}', 'curlgit'],
    ['{{#each empty}}a{{else}}none{{/each}}', 'none'],
    ['{{#with base}}{{this}}{{/with}}', 'debian:12'],
    ['{{#with base as |b|}}{{b}}{{/with}}', 'debian:12'],
    [
      '{{#each packages as |a|}}{{#each @root.packages as |b|}}{{a}}{{b}} {{/each}}{{/each}}',
      'curlcurl curlgit gitcurl gitgit ',
    ],
    ['a{{! comment }}b{{!-- {{x}} --}}c', 'abc'],
    ['\\{{base}}', '{{base}}'],
    ['{{#if debug}}\nENV A=1\n{{/if}}\nB', 'ENV A=1\nB'],
    ['RUN echo "$HOME" ${X} $(id) && \\\n  true', 'RUN echo "$HOME" ${X} $(id) && \\\n  true'],
  ])('%j gives %j', (text, result) => {
    expect(render(text)).toBe(result);
  });

  it('escapes nothing and evaluates no value', () => {
    const value = '<&">\'`{{base}}${X}{{#if}}';
    expect(render('{{v}}', 'handlebars', { v: value })).toBe(value);
  });

  it.each([
    ['{{missing}}', 'D:1:3: there is no argument missing'],
    ['a\n b {{missing}}', 'D:2:6: there is no argument missing'],
    ['{{#if missing}}{{/if}}', 'D:1:7: there is no argument missing'],
    ['{{#unless missing}}{{/unless}}', 'D:1:11: there is no argument missing'],
    ['{{#each missing}}{{/each}}', 'D:1:9: there is no argument missing'],
    ['{{#with missing}}{{/with}}', 'D:1:9: there is no argument missing'],
    ['{{#if debug}}{{else if missing}}{{/if}}', 'D:1:24: there is no argument missing'],
    ['{{#each packages}}{{@root.missing}}{{/each}}', 'D:1:21: there is no argument missing'],
    ['{{constructor}}', 'D:1:3: there is no argument constructor'],
    ['{{__proto__}}', 'D:1:3: there is no argument __proto__'],
    ['{{toString}}', 'D:1:3: there is no argument toString'],
    ['{{helperMissing}}', 'D:1:3: there is no argument helperMissing'],
    ['{{base.length}}', 'D:1:3: base.length has no fields: arguments are values'],
    ['{{packages.[0]}}', 'D:1:3: packages.0 has no fields: arguments are values'],
    ['{{this}}', 'D:1:3: this is not a value: name an argument'],
    ['{{.}}', 'D:1:3: . is not a value: name an argument'],
    ['{{../base}}', 'D:1:3: ../base leads elsewhere: write @root.base'],
    [
      '{{#each packages}}{{base}}{{/each}}',
      'D:1:21: base is not known in this block, where `this` is a value: write @root.base',
    ],
    [
      '{{#each packages}}{{../../base}}{{/each}}',
      'D:1:21: ../../base leads elsewhere: write @root.base',
    ],
    ['{{packages}}', 'D:1:1: packages is a list: write it with {{#each}}'],
    ['{{#each base}}{{/each}}', 'D:1:1: {{#each}} takes a list, and base is none'],
    [
      '{{@index}}',
      'D:1:3: @index does not exist here: @root.NAME does, and in {{#each}} @index, @first, @last, @key',
    ],
    [
      '{{#each packages}}{{@level}}{{/each}}',
      'D:1:21: @level does not exist here: @root.NAME does, and in {{#each}} @index, @first, @last, @key',
    ],
    [
      '{{@root}}',
      'D:1:3: @root does not exist here: @root.NAME does, and in {{#each}} @index, @first, @last, @key',
    ],
    ['{{log base}}', 'D:1:1: log is not a helper: only if, unless, each, with exist'],
    ['{{lookup packages 0}}', 'D:1:1: lookup is not a helper: only if, unless, each, with exist'],
    ['{{if base}}', 'D:1:1: `{{if}}` opens no block: write `{{#if base}}`'],
    ['{{elseif base}}', 'D:1:1: elseif is not a helper: write `{{else if base}}`'],
    ['{{#if debug}}{{/if}}{{endif}}', 'D:1:23: there is no argument endif: write `{{/if}}`'],
    ['{{base x=1}}', 'D:1:1: base is not a helper: only if, unless, each, with exist'],
    ['{{#base}}{{/base}}', 'D:1:1: there is no block base: only if, unless, each, with exist'],
    ['{{^base}}{{/base}}', 'D:1:1: there is no block base: only if, unless, each, with exist'],
    ['{{#if}}{{/if}}', 'D:1:1: {{#if}} takes one argument'],
    ['{{#if base debug}}{{/if}}', 'D:1:1: {{#if}} takes one argument'],
    ['{{#if debug includeZero=true}}{{/if}}', 'D:1:1: {{#if}} takes one argument'],
    ['{{#if (lookup packages 0)}}{{/if}}', 'D:1:7: only names of arguments can stand here'],
    ['{{"base"}}', 'D:1:3: only names of arguments can stand here'],
    ['{{12}}', 'D:1:3: only names of arguments can stand here'],
    ['{{#if true}}{{/if}}', 'D:1:7: only names of arguments can stand here'],
    ['{{> part}}', 'D:1:1: partials are not allowed'],
    ['{{#> part}}{{/part}}', 'D:1:1: partials are not allowed'],
    ['{{* deco}}', 'D:1:1: decorators are not allowed'],
    ['{{#*inline "x"}}{{/inline}}', 'D:1:1: decorators are not allowed'],
    ['{{{{raw}}}} {{{{/raw}}}}', 'D:1:1: there is no block raw: only if, unless, each, with exist'],
  ])('refuses %j', (text, message) => {
    expect(fault(text)).toBe(message);
  });

  const unclosed = '`{{` is not closed by `}}`: write `\\{{` where two braces are meant';
  const oneName = 'a tag holds the name of one argument';
  it.each([
    ['a\n  {{base', `2:3: ${unclosed}`],
    ['a\n b {{ base } c\n', `2:4: ${unclosed}`],
    ['{{base}\n{{debug}}', `1:1: ${unclosed}`],
    ['{{#if\n base\nx\n{{/if}}', `1:1: ${unclosed}`],
    ['{{base}} {{{base}}', '1:10: `{{{` is not closed by `}}}`'],
    ['{{!-- a }}\nb', '1:1: the comment is not closed by `--}}`'],
    ['a {{! b', '1:3: the comment is not closed by `}}`'],
    ['{{#if base}}\nx\n', '1:1: `{{#if}}` is not closed by `{{/if}}`'],
    ['a\n {{~#each packages~}}\nx\n', '2:2: `{{#each}}` is not closed by `{{/each}}`'],
    ['{{#if base}}x{{endif}}', '1:1: `{{#if}}` is not closed by `{{/if}}`'],
    ['x\n{{#if base}}\n{{/each}}', '3:1: `{{/each}}` does not close `{{#if}}` of line 2'],
    ['{{#if a}}\n{{#each b}}\n{{/if}}', '2:1: `{{#each}}` is not closed by `{{/each}}`'],
    ['a {{/if}}', '1:3: `{{/if}}` closes no block'],
    ['{{if base}}\nx{{/if}}', '1:1: `{{if}}` opens no block: write `{{#if base}}`'],
    ['a\n{{else}}', '2:1: `{{else}}` is in no block'],
    ['{{#if a}}{{else}}{{^}}{{/if}}', '1:18: the block has an `{{else}}` already'],
    ['a {{}}', '1:3: the tag is empty'],
    ['{{ base | upper }}', `1:9: \`|\` cannot stand here: ${oneName}`],
    ['a\n{{#if base == "x"}}{{/if}}', `2:12: \`==\` cannot stand here: ${oneName}`],
    ['{{#if base}}{{else if a + b}}{{/if}}', `1:25: \`+\` cannot stand here: ${oneName}`],
    ['{{#if !debug}}{{/if}}', '1:7: `!` cannot stand here: write `{{#unless debug}}`'],
    [
      '{{ .Values.x }}',
      `1:4: \`.Values.x\` cannot stand here: ${oneName}; write \`\\{{\` where two braces are meant`,
    ],
    ['{{#if "debug}}{{/if}}', '1:7: the quote `"` is not closed'],
    ['a {{{{raw}}}}', '1:3: raw blocks are not allowed'],
    ['é {{ä ; b}}', `1:7: \`;\` cannot stand here: ${oneName}`],
    [`{{${'x'.repeat(60)}\n;}}`, `2:1: \`;\` cannot stand here: ${oneName}`],
  ])('tells what is wrong with the syntax of %j, and where', (text, message) => {
    expect(fault(text)).toBe(`D:${message}`);
    // As Windows writes it, and behind a tag that is right.
    expect(fault(`{{base}}\n${text}`.replaceAll('\n', '\r\n'))).toBe(
      `D:${message}`.replace(/(?<=^D:|line )\d+/g, (line) => String(Number(line) + 1)),
    );
  });

  it('tells all blocks that are not closed', () => {
    expect(fault('{{#if debug}}\n {{#each packages}}\n').split('\n')).toEqual([
      'D:1:1: `{{#if}}` is not closed by `{{/if}}`',
      'D:2:2: `{{#each}}` is not closed by `{{/each}}`',
    ]);
  });

  it('says nothing of escaped tags, of comments, and of braces that are none', () => {
    for (const text of ['\\{{base', '{{!-- {{#if --}}', '{{! {{/if }}', '{ {}} }']) {
      expect(fault(`${text}\n{{#if base}}`)).toBe('D:2:1: `{{#if}}` is not closed by `{{/if}}`');
    }
  });

  it.each([
    ['handlebars', '{{pakages}}', '1:3: there is no argument pakages; did you mean packages?'],
    ['handlebars', '{{#if Debug}}{{/if}}', '1:7: there is no argument Debug; did you mean debug?'],
    ['placeholder', 'a {{ bse }}', '1:3: there is no argument bse; did you mean base?'],
  ] as const)('asks what a misspelt argument was meant to be: %s, %s', (kind, text, message) => {
    expect(fault(text, kind)).toBe(`D:${message}`);
  });

  it.each(['handlebars', 'placeholder'] as const)(
    'says so where there are none at all: %s',
    (kind) => {
      expect(fault('{{base}}', kind, {})).toMatch(
        /: there is no argument base: the container has no `templateArgs`$/,
      );
    },
  );

  it('reports all faults at once', () => {
    expect(fault('{{a}}\n{{b}} {{> c}}').split('\n')).toHaveLength(3);
  });

  it('refuses arguments with the names of helpers where they are used', () => {
    expect(fault('{{if}}', 'handlebars', { if: 'x' })).toContain('is the name of a helper');
  });

  it('takes no argument for a helper', () => {
    const given = { toText: 'a', log: 'b', lookup: 'c' };
    expect(render('{{toText}}{{log}}{{lookup}}', 'handlebars', given)).toBe('abc');
  });

  it('refuses loops that multiply before it runs them', () => {
    const list = Array.from({ length: 1000 }, () => 'x');
    const nested = '{{#each @root.l}}'.repeat(6) + 'x' + '{{/each}}'.repeat(6);
    expect(fault(nested, 'handlebars', { l: list })).toContain('could be longer than');
    const silent = '{{#each @root.l}}'.repeat(6) + '{{/each}}'.repeat(6);
    expect(fault(silent, 'handlebars', { l: list })).toContain('could be longer than');
  });

  it('refuses more tags than can be parsed in a moment', () => {
    expect(fault('{{base}}'.repeat(1001))).toContain('has 1001 tags');
    const nested = '{{#if debug}}'.repeat(499) + '{{base}}' + '{{/if}}'.repeat(499);
    expect(render(nested)).toBe('debian:12');
  });

  it('renders every list of arguments as plain concatenation, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
        (a, list) => {
          expect(
            render('[{{a}}]{{#each list}}<{{this}}|{{../a}}>{{/each}}', 'handlebars', { a, list }),
          ).toBe(`[${a}]${list.map((item) => `<${item}|${a}>`).join('')}`);
        },
      ),
    );
  });

  it('renders or refuses any text, and fails in no other way', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{{{',
      '#if ',
      '/if',
      '#each ',
      '/each',
      'base',
      ' ',
      '\n',
      '@',
      '../',
      'this',
      'else',
      '^',
      '>',
      '*',
      '"',
      '(',
      ')',
      '|',
      'as',
      '\\',
      'x',
      '&',
      '!',
      '[',
      ']',
      '=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const result = outcome(pieces.join(''));
        expect(result).toMatch(/^(?:rendered|TemplateInvalid D:\d+:\d+: )/);
        expect(result).not.toMatch(/Expecting|Lexical|Parse error|undefined/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('renderTemplate, placeholder', () => {
  it.each([
    ['FROM {{ base }}\nENV D={{debug}}', 'FROM debian:12\nENV D=true'],
    ['{{#if base}} {{base.x}} {{ a b }} ${X} {{{{', '{{#if base}} {{base.x}} {{ a b }} ${X} {{{{'],
    ['{{{base}}}', '{debian:12}'],
  ])('%j gives %j', (text, result) => {
    expect(render(text, 'placeholder')).toBe(result);
  });

  it('replaces nothing twice', () => {
    expect(render('{{a}}{{b}}', 'placeholder', { a: '{{b}}', b: '$&' })).toBe('{{b}}$&');
  });

  it('names every missing argument and every list with its place', () => {
    expect(fault('x {{no}}\n  {{packages}}{{nor}}', 'placeholder')).toBe(
      'D:1:3: there is no argument no\nD:2:3: the argument packages is a list, and a placeholder takes a string\nD:2:15: there is no argument nor',
    );
  });
});

describe('renderTemplate, a template with many faults', () => {
  it.each(['handlebars', 'placeholder'] as const)('names the first of them: %s', (kind) => {
    const found = fault('{{no}}\n'.repeat(900), kind, {}).split('\n');
    expect(found).toHaveLength(21);
    expect(found.at(-2)).toMatch(/^D:20:/);
    expect(found.at(-1)).toBe('D: and 880 more');
  });
});

describe('renderTemplate, unused arguments', () => {
  it.each(['handlebars', 'placeholder'] as const)(
    'are errors or warnings, as asked: %s',
    (kind) => {
      const unused = { a: 'x', b: 'y' };
      const result = renderTemplate(kind, '{{a}}', unused, { file: 'D', unusedArguments: 'warn' });
      expect(result).toEqual({
        text: 'x',
        warnings: ['D: the argument b is not used by the template'],
      });
      expect(() =>
        renderTemplate(kind, '{{a}}', unused, { file: 'D', unusedArguments: 'error' }),
      ).toThrow(
        /^D: the argument b is not used by the template; expected `unusedArguments: warn`, /,
      );
    },
  );

  it('are told one a line, where they are given as far as that is known', () => {
    const options = {
      file: 'D',
      unusedArguments: 'error',
      argumentPlace: (name: string) => (name === 'c' ? null : `a.yaml:1:2: x.${name}`),
    } as const;
    const refused = () =>
      renderTemplate('placeholder', '{{a}}', { a: 'x', b: 'y', c: '' }, options);
    const rest =
      'is not used by the template; expected `unusedArguments: warn`, or a template that uses it';
    expect(refused).toThrow(
      `a.yaml:1:2: x.b: the argument b ${rest.replace('the template', 'D')}\nD: the argument c ${rest}`,
    );
  });

  it('counts a use in a branch that is not taken', () => {
    const result = renderTemplate(
      'handlebars',
      '{{#if off}}{{base}}{{/if}}',
      { off: false, base: 'x' },
      { file: 'D', unusedArguments: 'error' },
    );
    expect(result).toEqual({ text: '', warnings: [] });
  });
});

describe('renderTemplate, none', () => {
  it('leaves a file that is no template as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(render(text, 'none')).toBe(text);
      }),
    );
    expect(render('{{missing}} {{#', 'none')).toBe('{{missing}} {{#');
  });
});
