// The project's own tasks, for a clone in which nothing is installed yet: `node bin/run.js TASK`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installed, root } from './bootstrap.js';

const checks = [
  ['types', 'tsc', ['--noEmit']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['format', 'prettier', ['--check', '.', '--log-level', 'warn']],
  ['unused exports and dependencies', 'knip', []],
];

const tasks = {
  check: () => checks.every(([title, program, args]) => check(title, program, args)),
  test: (args) => test(args),
  'test:unit': (args) => test(['--project', 'unit', ...args]),
};

const [task = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(tasks, task)) {
  process.stderr.write(`usage: node bin/run.js ${Object.keys(tasks).join(' | ')}\n`);
  process.exit(2);
}
const bin = dirname(installed());
process.exitCode = tasks[task](args) ? 0 : 1;

function check(title, program, args) {
  const started = Date.now();
  const passed = run(program, args);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'}  ${title} (${seconds} s)\n`);
  return passed;
}

/** Runs vitest and ends with one line that a script can read. */
function test(args) {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-test-'));
  const report = join(directory, 'report.json');
  try {
    const passed = run('vitest', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ]);
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    const skipped = numPendingTests + numTodoTests;
    process.stdout.write(
      `${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped\n`,
    );
    return passed && numPassedTests > 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(program, args) {
  const { status, error } = spawnSync(join(bin, program), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  return status === 0;
}
