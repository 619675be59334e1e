import { z } from 'zod';
import type { Application, Source } from '../workflows/contract/application.ts';
import { toApplication } from './application.ts';
import { crossCheck } from './cross-checks.ts';
import { readYaml } from './document.ts';
import { describeIssue } from './issues.ts';
import { formatPath, type Finding, type Path, type Problem } from './problem.ts';
import { Definition } from './schema.ts';

/** What `parseDefinition` knows beside the text. */
export interface ParseOptions {
  /** Named in problems. */
  readonly file: string;
  /** Images are `<registry>/<application>/…` when the definition has no `spec.registry`. */
  readonly registry?: string;
  /** Used when the definition has no `spec.source`. */
  readonly source?: Source;
}

/** The application, with all defaults applied; or everything that is wrong, in the order of the text. */
export type ParseResult =
  | { readonly ok: true; readonly application: Application }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Anchors and defaults multiply: the application travels in one Temporal payload. */
const maxApplicationBytes = 1024 * 1024;

/**
 * Reads a slipway/v1 definition. All problems come at once, in the order of the text; nothing is
 * thrown, whatever the text.
 */
export function parseDefinition(text: string, options: ParseOptions): ParseResult {
  const { file } = options;
  const yaml = readYaml(text);
  if (!yaml.ok) {
    const problems = yaml.findings.map((finding) => ({
      ...finding,
      file,
      path: formatPath(finding.path),
    }));
    return { ok: false, problems: problems.toSorted(byPlace) };
  }

  const { value, locate, written } = yaml.document;
  const refuse = (findings: readonly Finding[]): ParseResult => {
    const problems = findings.map(({ path, message, expected, atKey }) => ({
      file,
      ...locate(path, atKey),
      path: formatPath(path),
      message,
      expected,
    }));
    return { ok: false, problems: problems.toSorted(byPlace) };
  };

  if (value === null || value === undefined) {
    return refuse([{ path: [], message: 'the document is empty', expected: 'an application' }]);
  }
  const parsed = Definition.safeParse(value, { reportInput: true });
  const issues = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => describeIssue(issue, written, keysAt));
  const findings = [...issues, ...crossCheck(value, options)];
  if (!parsed.success || findings.length > 0) return refuse(findings);

  const application = toApplication(parsed.data, options);
  const bytes = Buffer.byteLength(JSON.stringify(application));
  if (bytes <= maxApplicationBytes) return { ok: true, application };
  return refuse([
    {
      path: [],
      message: `with anchors and defaults applied, the definition is ${bytes} bytes large`,
      expected: `at most ${maxApplicationBytes} bytes`,
    },
  ]);
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

/** The fields that the schema knows in the mapping at the path. */
function keysAt(path: Path): readonly string[] {
  let schema: unknown = Definition;
  for (const part of path) {
    schema = unwrap(schema);
    if (schema instanceof z.ZodObject) schema = schema.shape[String(part)];
    else if (schema instanceof z.ZodArray) schema = schema.element;
  }
  schema = unwrap(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}
