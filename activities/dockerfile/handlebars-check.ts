import type { TemplateValue } from '../../workflows/contract/application.ts';
import type { TemplateFault } from './template-error.ts';
import type { TemplateArguments } from './rendering.ts';
import { describeMissing } from './missing-argument.ts';

/** What a name in a template stands for, as far as the check has to know. */
interface Known {
  readonly kind: 'string' | 'boolean' | 'list' | 'number';
  /** Characters, of the longest item in a list. */
  readonly size: number;
  /** Items of a list, else 1. */
  readonly length: number;
}

/** A block's view: what `this` is in it, and which names and data variables it adds. */
interface Scope {
  /** null at the root, where `this` is all arguments. */
  readonly context: Known | null;
  /** Contexts around this one. */
  readonly depth: number;
  readonly blockParams: ReadonlyMap<string, Known>;
  readonly inEach: boolean;
  /** How often this block is rendered, at most. */
  readonly times: number;
}

export interface CheckResult {
  readonly faults: readonly TemplateFault[];
  /** Own arguments that the template names. */
  readonly used: ReadonlySet<string>;
}

const helpers = ['if', 'unless', 'each', 'with'];
const eachData = ['index', 'first', 'last', 'key'];

/** Nested loops multiply: the output may be so long, in characters and rounds of loops. */
const maxOutput = 1024 * 1024;

/**
 * Checks a parsed template against its arguments: every path is an own argument, a block
 * parameter, `this` of an `each` or `with`, or a data variable of `each`; blocks are `if`,
 * `unless`, `each`, `with` with one such path; nothing else exists.
 */
export function checkTemplate(program: hbs.AST.Program, args: TemplateArguments): CheckResult {
  const faults: TemplateFault[] = [];
  const used = new Set<string>();
  let output = 0;

  function fault(node: hbs.AST.Node, message: string): null {
    const { line, column } = node.loc.start;
    faults.push({ line, column: column + 1, message });
    return null;
  }

  function visitProgram(body: hbs.AST.Program | undefined, scope: Scope): void {
    for (const statement of body?.body ?? []) visitStatement(statement, scope);
  }

  function visitStatement(statement: hbs.AST.Statement, scope: Scope): void {
    switch (statement.type) {
      case 'ContentStatement':
        output += (statement as hbs.AST.ContentStatement).value.length * scope.times;
        return;
      case 'CommentStatement':
        return;
      case 'MustacheStatement':
        visitMustache(statement as hbs.AST.MustacheStatement, scope);
        return;
      case 'BlockStatement':
        visitBlock(statement as hbs.AST.BlockStatement, scope);
        return;
      case 'PartialStatement':
      case 'PartialBlockStatement':
        fault(statement, 'partials are not allowed');
        return;
      default:
        fault(statement, 'decorators are not allowed');
    }
  }

  function visitMustache(mustache: hbs.AST.MustacheStatement, scope: Scope): void {
    if (mustache.params.length > 0 || hasPairs(mustache.hash)) {
      fault(mustache, describeHelper(mustache));
      return;
    }
    const known = visitPath(mustache.path, scope);
    if (known?.kind === 'list') {
      fault(mustache, `${nameOf(mustache.path)} is a list: write it with {{#each}}`);
    }
    output += (known?.size ?? 0) * scope.times;
  }

  function visitBlock(block: hbs.AST.BlockStatement, scope: Scope): void {
    const helper = nameOf(block.path);
    if (!helpers.includes(helper)) {
      fault(block, `there is no block ${helper}: only ${helpers.join(', ')} exist`);
      return;
    }
    const [param, ...more] = block.params;
    if (param === undefined || more.length > 0 || hasPairs(block.hash)) {
      fault(block, `{{#${helper}}} takes one argument`);
      return;
    }
    const known = visitPath(param, scope);
    const inner = known === null ? null : innerScope(block, helper, known, scope);
    // After a fault the body is not looked at: all that it says would follow from the fault.
    if (inner === null) return;
    visitProgram(block.program, inner);
    visitProgram(block.inverse, scope);
  }

  function innerScope(
    block: hbs.AST.BlockStatement,
    helper: string,
    known: Known,
    scope: Scope,
  ): Scope | null {
    const names = block.program?.blockParams ?? [];
    if (helper === 'if' || helper === 'unless') {
      return names.length === 0 ? scope : fault(block, `{{#${helper}}} has no block parameters`);
    }
    if (helper === 'with') {
      return {
        ...scope,
        context: known,
        depth: scope.depth + 1,
        blockParams: new Map([...scope.blockParams, ...pairs(names, [known])]),
      };
    }
    if (known.kind !== 'list') {
      return fault(block, `{{#each}} takes a list, and ${nameOf(block.params[0]!)} is none`);
    }
    const item: Known = { kind: 'string', size: known.size, length: 1 };
    const index: Known = { kind: 'number', size: 10, length: 1 };
    const rounds = known.length * scope.times;
    output += rounds;
    return {
      context: item,
      depth: scope.depth + 1,
      blockParams: new Map([...scope.blockParams, ...pairs(names, [item, index])]),
      inEach: true,
      times: rounds,
    };
  }

  function visitPath(node: hbs.AST.Expression, scope: Scope): Known | null {
    if (node.type !== 'PathExpression') {
      return fault(node, 'only names of arguments can stand here');
    }
    const path = node as hbs.AST.PathExpression;
    const [first, ...rest] = path.parts as readonly string[];
    if (path.data) return visitData(path, first, rest, scope);
    if (rest.length > 0) return fault(path, `${path.original} has no fields: arguments are values`);
    if (first === undefined) {
      if (path.depth > 0 || scope.context === null) {
        return fault(path, `${path.original} is not a value: name an argument`);
      }
      return scope.context;
    }
    const explicit = /^(?:this|\.\.?)[./]/.test(path.original);
    const parameter = explicit ? undefined : scope.blockParams.get(first);
    if (parameter !== undefined) return parameter;
    if (path.depth === scope.depth && path.depth <= 1) return visitArgument(path, first);
    if (path.depth > 0 || explicit) {
      // With equal items the library counts two nested contexts as one: `../..` would be wrong.
      return fault(path, `${path.original} leads elsewhere: write @root.${first}`);
    }
    return fault(
      path,
      `${first} is not known in this block, where \`this\` is a value: write @root.${first}`,
    );
  }

  function visitData(
    path: hbs.AST.PathExpression,
    first: string | undefined,
    rest: readonly string[],
    scope: Scope,
  ): Known | null {
    const [name, ...more] = rest;
    if (first === 'root' && name !== undefined && more.length === 0) {
      return visitArgument(path, name);
    }
    const known = first !== undefined && rest.length === 0 && path.depth === 0;
    if (known && scope.inEach && eachData.includes(first)) {
      const kind = first === 'first' || first === 'last' ? 'boolean' : 'number';
      return { kind, size: 10, length: 1 };
    }
    return fault(
      path,
      `${path.original} does not exist here: @root.NAME does, and in {{#each}} @${eachData.join(', @')}`,
    );
  }

  function visitArgument(path: hbs.AST.PathExpression, name: string): Known | null {
    if (!Object.hasOwn(args, name)) return fault(path, describeMissing(name, args));
    if (helpers.includes(name) || name === 'helperMissing') {
      return fault(path, `${name} is the name of a helper: give the argument another name`);
    }
    used.add(name);
    return describe(args[name]!);
  }

  visitProgram(program, {
    context: null,
    depth: 0,
    blockParams: new Map(),
    inEach: false,
    times: 1,
  });
  if (output > maxOutput) {
    faults.push({
      line: 1,
      column: 1,
      message: `the result could be longer than ${maxOutput} characters`,
    });
  }
  return { faults, used };
}

/** What is no helper may be a block without its `#`. */
function describeHelper({ path, params }: hbs.AST.MustacheStatement): string {
  const name = nameOf(path);
  const given = params.map(nameOf).join(' ');
  if (helpers.includes(name))
    return `\`{{${name}}}\` opens no block: write \`{{#${name} ${given}}}\``;
  if (/^els?e?if$/.test(name)) return `${name} is not a helper: write \`{{else if ${given}}}\``;
  return `${name} is not a helper: only ${helpers.join(', ')} exist`;
}

function describe(value: TemplateValue): Known {
  if (typeof value === 'boolean') return { kind: 'boolean', size: 5, length: 1 };
  if (typeof value === 'string') return { kind: 'string', size: value.length, length: 1 };
  const size = Math.max(0, ...value.map((item) => item.length));
  return { kind: 'list', size, length: value.length };
}

function nameOf(node: hbs.AST.Node): string {
  const { original } = node as { original?: unknown };
  return typeof original === 'string' ? original : node.type;
}

function hasPairs(hash: hbs.AST.Hash | undefined): boolean {
  return hash !== undefined && hash.pairs.length > 0;
}

function pairs(names: readonly string[], values: readonly Known[]): [string, Known][] {
  return names.flatMap((name, index): [string, Known][] => {
    const value = values[index];
    return value === undefined ? [] : [[name, value]];
  });
}
