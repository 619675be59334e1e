import { expect, test } from 'vitest';

import { run, RunError } from '../../../dev/tools/run.ts';

const environment = { PATH: process.env['PATH'] };
const shell = (script: string, options = {}): Promise<string> =>
  run('sh', ['-c', script], { environment, ...options });

test('returns standard output and hands on lines as they come', async () => {
  const lines: string[] = [];
  const onLine = (line: string): number => lines.push(`out ${line}`);
  const onErrorLine = (line: string): number => lines.push(`err ${line}`);
  expect(await shell('echo one; echo two >&2; echo three', { onLine, onErrorLine })).toBe(
    'one\nthree',
  );
  expect(lines.toSorted()).toEqual(['err two', 'out one', 'out three']);
});

test('the program gets no other variables than the given ones', async () => {
  const output = await run('/usr/bin/env', [], { environment: { ONLY: 'this' } });
  expect(output).toBe('ONLY=this');
});

test('a failure tells the command, the exit code and the last lines of standard error', async () => {
  const result = shell('for i in $(seq 40); do echo line $i >&2; done; exit 7');
  await expect(result).rejects.toThrow(RunError);
  await expect(result).rejects.toThrow(/exit code 7\):\nline 26\n.*line 40$/s);
});

test('a program that is not there', async () => {
  const result = run('/nonexistent/program', [], { environment });
  await expect(result).rejects.toThrow('/nonexistent/program could not be started');
});

test('too long is an error, also when a grandchild keeps the output open', async () => {
  const result = shell('sleep 2 & wait', { timeoutMs: 100 });
  await expect(result).rejects.toThrow('did not answer within 100 ms');
});

test('an abort interrupts the program and waits for its end', async () => {
  const abort = new AbortController();
  const seen: string[] = [];
  const script = 'trap "echo cleaned; exit 1" INT; echo ready; while :; do sleep 0.05; done';
  const onLine = (line: string): void => {
    seen.push(line);
    if (line === 'ready') abort.abort(new Error('interrupted'));
  };
  await expect(shell(script, { signal: abort.signal, onLine })).rejects.toThrow('interrupted');
  expect(seen).toEqual(['ready', 'cleaned']);
});
