import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes longest comes first, so that nothing is left to wait for at the end: the build of the
 * worker's own image, then what needs the environment, then the rest.
 */
export class TestOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId, project }: TestSpecification): number {
  if (project.name === 'unit') return 3;
  // Both bring up environments, which could choose the same free port at the same moment.
  if (moduleId.endsWith('/dev/kube-context.test.ts')) return 0;
  if (moduleId.endsWith('/dev/environment.test.ts')) return 2;
  return moduleId.includes('/test/cluster/deploy/') ? 0 : 1;
}
