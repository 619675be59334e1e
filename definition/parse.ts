import type { z } from 'zod';
import type { Application, Source } from '../workflows/contract/application.ts';
import { toApplication } from './application.ts';
import { crossCheck } from './cross-checks.ts';
import { readYaml } from './document.ts';
import { describeIssue } from './issues.ts';
import { formatPath, type Finding, type Problem } from './problem.ts';
import { Definition } from './schema.ts';
import { describeStranger } from './stranger.ts';
import { withoutConsequences } from './unknown-keys.ts';

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
    return { ok: false, problems: withoutRepeats(problems.toSorted(byPlace)) };
  };

  const stranger = describeStranger(value);
  if (stranger !== null) return refuse(stranger);
  const parsed = Definition.safeParse(value, { reportInput: true });
  const issues = parsed.success
    ? []
    : onePerType(parsed.error.issues).flatMap((issue) => describeIssue(issue, written));
  const findings = withoutConsequences([...issues, ...crossCheck(value, options)]);
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

/** What has the wrong type is not measured as well. */
function onePerType(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const mistyped = new Set(
    issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => path.join('\0')),
  );
  return issues.filter(
    ({ code, path }) => code === 'invalid_type' || !mistyped.has(path.join('\0')),
  );
}

/** One mistake can break two rules of its field, and an alias repeats it at every use. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ line, column, message, expected }) => {
    const key = `${line}:${column} ${message}; ${expected}`;
    return !seen.has(key) && seen.add(key);
  });
}
