import { Command } from 'commander';
import { diagnose } from '../../client/diagnose.ts';
import type { DiagnosticCheck } from '../../workflows/contract/activities.ts';
import { commandSettings, temporalOrigin } from '../environment.ts';
import { exitCode } from '../exit.ts';
import { oneLine } from '../view/foreign-text.ts';
import { painter, type Painter } from '../view/format.ts';
import { withClient } from '../with-client.ts';
import { readDefinition } from './definition.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check each thing that a build needs, and say how to mend what is not well')
    .argument('[file]', 'a definition whose sources, registries and Secrets are tried as well')
    .option('--json', 'print the checks as one JSON array on stdout')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is well, 1 something is not, 2 bad input, 3 Temporal is away',
    )
    .action(async (file: string | undefined, options: { readonly json?: boolean }) => {
      const settings = commandSettings(process.env);
      const application = file === undefined ? null : await readDefinition(file, settings);
      await withClient(async (client) => {
        const checks = withOrigin(await diagnose(client, application), temporalOrigin(process.env));
        process.stdout.write(
          options.json === true
            ? `${JSON.stringify(checks)}\n`
            : `${diagnosisText(checks, painter(process.stdout))}\n`,
        );
        if (checks.some(({ status }) => status === 'failed')) process.exitCode = exitCode.failed;
      });
    });
}

/** With where Temporal's address comes from in the first check: that is the usual mistake. */
export function withOrigin(
  [temporal, ...others]: readonly DiagnosticCheck[],
  origin: string,
): readonly DiagnosticCheck[] {
  if (temporal === undefined) return others;
  return [{ ...temporal, detail: `${temporal.detail}; the address is from ${origin}` }, ...others];
}

const marks = {
  ok: ['green', 'ok'],
  warning: ['yellow', 'warning'],
  failed: ['red', 'FAILED'],
} as const;

/** A line for each check, with what to do below those that are not well, and the count. */
export function diagnosisText(checks: readonly DiagnosticCheck[], paint: Painter): string {
  const failed = checks.filter(({ status }) => status === 'failed').length;
  return [
    ...checks.flatMap(({ name, status, detail, remedy }) => {
      const [colour, word] = marks[status];
      return [
        `${paint(colour, word.padEnd('warning'.length))}  ${name}: ${oneLine(detail)}`,
        ...(remedy === null ? [] : [`         → ${remedy}`]),
      ];
    }),
    '',
    failed === 0
      ? 'Nothing that was checked is missing.'
      : `${failed} of ${checks.length} checks failed.`,
  ].join('\n');
}
