import { expect, test } from 'vitest';
import { diagnosisText, withOrigin } from '../../../cli/commands/doctor.ts';
import type { DiagnosticCheck } from '../../../workflows/contract/activities.ts';

const plain = (_style: unknown, text: string) => text;
const fine: DiagnosticCheck = { name: 'git', status: 'ok', detail: 'version 2', remedy: null };

test('all is well', () => {
  expect(diagnosisText([fine], plain)).toBe(
    'ok       git: version 2\n\nNothing that was checked is missing.',
  );
});

test('what is not well comes with what to do, and is counted', () => {
  const checks: readonly DiagnosticCheck[] = [
    fine,
    { name: 'disk', status: 'warning', detail: '1 GiB free', remedy: 'Give it more room.' },
    { name: 'store', status: 'failed', detail: 'no answer', remedy: 'Start it.' },
  ];
  expect(diagnosisText(checks, plain).split('\n')).toEqual([
    'ok       git: version 2',
    'warning  disk: 1 GiB free',
    '         → Give it more room.',
    'FAILED   store: no answer',
    '         → Start it.',
    '',
    '1 of 3 checks failed.',
  ]);
});

test('where Temporal is named is said with it', () => {
  const temporal = { ...fine, name: 'Temporal a:7233, namespace default', detail: 'answers' };
  const checks = withOrigin([temporal, fine], 'TEMPORAL_ADDRESS');
  expect(checks).toEqual([
    { ...temporal, detail: 'answers; the address is from TEMPORAL_ADDRESS' },
    fine,
  ]);
});
