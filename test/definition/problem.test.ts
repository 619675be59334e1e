import { describe, expect, it } from 'vitest';
import { formatPath, formatProblems } from '../../definition/problem.ts';
import { definition, problems } from './definitions.ts';

describe('formatPath', () => {
  it.each([
    [[], ''],
    [['spec'], 'spec'],
    [['spec', 'components', 0, 'name'], 'spec.components[0].name'],
    [['nodeSelector', 'kubernetes.io/arch'], 'nodeSelector["kubernetes.io/arch"]'],
  ])('%j', (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe('formatProblems', () => {
  const problem = {
    file: 'a.yaml',
    line: 2,
    column: 4,
    path: 'spec.x',
    message: 'it is wrong',
    expected: 'what is right',
  };

  it('gives file, line, column, path, problem and expectation on one line', () => {
    expect(formatProblems([problem, { ...problem, path: '', line: 3 }])).toBe(
      'a.yaml:2:4: spec.x: it is wrong; expected what is right\na.yaml:3:4: it is wrong; expected what is right',
    );
  });

  it('puts no semicolon behind a question', () => {
    const asked = { ...problem, message: 'it is wrong; did you mean y?' };
    expect(formatProblems([asked])).toBe(
      'a.yaml:2:4: spec.x: it is wrong; did you mean y? Expected what is right',
    );
  });

  it('shows the line with a mark under the column', () => {
    expect(formatProblems([problem], 'a:\n  \tbad: x\n').split('\n').slice(1)).toEqual([
      '      \tbad: x',
      '      \t^',
    ]);
  });

  it('cuts a long line around the mark', () => {
    const text = `a: ${'x'.repeat(400)}!${'y'.repeat(400)}`;
    const [, line, mark] = formatProblems([{ ...problem, line: 1, column: 404 }], text).split('\n');
    expect(line!.length).toBeLessThan(120);
    expect(line![mark!.indexOf('^')]).toBe('!');
  });

  it('prints no password that someone put into a URL', () => {
    const text = definition('{ name: c, source: { git: "https://me:hunter2@e.com/x", ref: m } }');
    const shown = formatProblems(problems(text), text);
    expect(shown).toContain('the URL has credentials in it');
    expect(shown).not.toContain('hunter2');
  });
});
