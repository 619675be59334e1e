import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The build of the worker's own image fills the disk for minutes: other builds come before it, and
 * tests that need no Pod run beside it.
 */
export class TestOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId, project }: TestSpecification): number {
  if (project.name === 'unit') return 2;
  return moduleId.includes('/test/cluster/deploy/') ? 1 : 0;
}
