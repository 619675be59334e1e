import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { fetchPackage, latestPublished, type FetchedPackage } from '../../client/package.ts';
import { commandSettings } from '../environment.ts';
import { exitCode, UsageError, type ExitCode } from '../exit.ts';
import { painter } from '../view/format.ts';
import { withClient } from '../with-client.ts';

interface GetOptions {
  readonly build?: string;
  readonly output?: string;
  readonly json?: boolean;
}

interface VerifyOptions {
  readonly build?: string;
  readonly provenance?: string;
  readonly offline?: boolean;
  readonly json?: boolean;
}

export function packageCommand(): Command {
  return new Command('package')
    .description('what succeeded builds publish: download it, check it')
    .addCommand(getCommand())
    .addCommand(verifyCommand());
}

function getCommand(): Command {
  return new Command('get')
    .description('download an application package and its provenance')
    .argument('<application>', 'name of the application')
    .argument('[version]', 'its version; default: that of the latest build that succeeded')
    .option('--build <build>', 'the package of this build')
    .option('-o, --output <file>', 'where to; default: <application>-<version>.zip')
    .option('--json', 'print what was written as one JSON object on stdout')
    .addHelpText('after', getHelp)
    .action(async (application: string, version: string | undefined, options: GetOptions) => {
      process.exitCode = await runGet(application, version, options);
    });
}

const getHelp = `
The provenance, an in-toto statement, is written beside it as <file>.intoto.json.
Exit codes: 0 written, 1 not what the build published, 2 no such package, 3 a service is away`;

function verifyCommand(): Command {
  return new Command('verify')
    .description('check sums, images at their registries, and that the provenance fits')
    .argument('<file or application>', 'a package as a file, or the name of an application')
    .argument('[version]', 'of the application; default: that of the latest build that succeeded')
    .option('--build <build>', "the application's package of this build")
    .option('--provenance <file>', 'the in-toto statement of a file; default: <file>.intoto.json')
    .option('--offline', 'do not ask the registries for the images')
    .option('--json', 'print the checks as one JSON object on stdout')
    .addHelpText('after', verifyHelp)
    .action(async (subject: string, version: string | undefined, options: VerifyOptions) => {
      process.exitCode = await runVerify(subject, version, options);
    });
}

const verifyHelp = `
What has a / or ends in .zip is a file, anything else an application. Registries are asked with the
logins of ~/.docker/config.json. The provenance is not signed: it proves as much as the store that it
came from is trusted.
Exit codes: 0 all checks hold, 1 one does not, 2 no such package, 3 a service is away`;

async function runGet(
  application: string,
  version: string | undefined,
  options: GetOptions,
): Promise<ExitCode> {
  const fetched = await download(application, version, options.build);
  const problem = notPublished(fetched);
  if (problem !== null) {
    process.stderr.write(`slipway: ${problem}; nothing was written\n`);
    return exitCode.failed;
  }
  const { object, sha256, archive, provenance } = fetched;
  const file = options.output ?? `${application}-${basename(object)}`;
  const beside = provenance === null ? null : statementFile(file);
  save(file, archive);
  if (beside !== null) save(beside, provenance ?? '');
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ object, sha256, file, provenance: beside })}\n`
      : `${file}\n  sha256:${sha256}\n${beside === null ? '  without provenance: the store has none for these bytes' : beside}\n`,
  );
  return exitCode.succeeded;
}

async function runVerify(
  subject: string,
  version: string | undefined,
  options: VerifyOptions,
): Promise<ExitCode> {
  const isFile = subject.includes('/') || subject.endsWith('.zip');
  const given = isFile
    ? readPackage(subject, version, options)
    : await download(subject, version, options.build);
  // Loaded here: archives and registries are no other command's business.
  const { verifyPackage } = await import('../../activities/package/verify/verify-package.ts');
  const { checksText } = await import('../view/checks.ts');
  const { openRegistryQuestions } = await import('../ask-registry.ts');
  const settings = commandSettings(process.env);
  const questions = options.offline === true ? null : openRegistryQuestions(settings);
  try {
    const problem = notPublished(given);
    const checks = [
      ...(problem === null
        ? []
        : [{ name: 'package: build', status: 'failed' as const, detail: problem }]),
      ...(await verifyPackage({
        ...given,
        object: isFile ? null : given.object,
        ask: questions?.ask ?? null,
      })),
    ];
    const failed = checks.some(({ status }) => status === 'failed');
    const unreachable = checks.some(({ status }) => status === 'unreachable');
    const verified = !failed && !unreachable;
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ package: given.object, verified, checks })}\n`
        : `${checksText(checks, painter(process.stdout))}\n`,
    );
    if (failed) return exitCode.failed;
    return unreachable ? exitCode.unreachable : exitCode.succeeded;
  } finally {
    await questions?.close();
  }
}

type Given = Pick<FetchedPackage, 'object' | 'archive' | 'provenance'> & Partial<FetchedPackage>;

async function download(
  application: string,
  version: string | undefined,
  build: string | undefined,
): Promise<FetchedPackage> {
  if (version !== undefined && build !== undefined) {
    throw new UsageError('a version or --build: the two may mean different packages');
  }
  if (build !== undefined && !build.startsWith(`${application}/`)) {
    throw new UsageError(`${build} is no build of ${application}`);
  }
  return withClient(async (client) => {
    if (version !== undefined) return await fetchPackage(client, { application, version });
    const buildId = build ?? (await latestPublished(client, application));
    return await fetchPackage(client, { buildId });
  });
}

function readPackage(file: string, version: string | undefined, options: VerifyOptions): Given {
  if (version !== undefined || options.build !== undefined) {
    throw new UsageError(`${file} is a file: a version or a build says nothing of it`);
  }
  const archive = readFile(file, 'the package');
  const named = options.provenance;
  const beside = statementFile(file);
  const provenance =
    named === undefined && !existsSync(beside)
      ? null
      : readFile(named ?? beside, 'the provenance').toString('utf8');
  return { object: file, archive, provenance };
}

function notPublished({ object, sha256, published }: Given): string | null {
  if (published === undefined || published === null || published === sha256) return null;
  return `${object} in the store has sha256:${sha256}, and the build published sha256:${published}`;
}

function statementFile(file: string): string {
  return `${file}.intoto.json`;
}

function readFile(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UsageError(`cannot read ${what} ${file}`, { cause });
  }
}

function save(file: string, content: Buffer | string): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw new UsageError(`cannot write ${file}`, { cause });
  }
}
