import { repositoryOf, sha256Of } from '../provenance/descriptors.ts';
import { parseStatement } from '../provenance/provenance-store.ts';
import { buildTypes, type ResourceDescriptor, type Statement } from '../provenance/statement.ts';
import { baseProblems, dockerfileInputs } from './check-bases.ts';
import { checkOf, counted, type Check } from './check.ts';
import { objectOf, type PackageContainer, type PackageContents } from './contents.ts';

/**
 * Checks that a statement is about this package, and that it says of images, commits and
 * Dockerfiles what the package says.
 *
 * @param sha256 the package's, hex
 */
export function checkProvenance(
  text: string,
  sha256: string,
  contents: PackageContents,
): readonly Check[] {
  const statement = parseStatement(text);
  if (statement === null) {
    const problem = 'is no in-toto Statement v1 with SLSA provenance v1';
    return [checkOf('provenance: statement', [problem], '')];
  }
  const { containers } = contents;
  const built = containers.filter(({ inputDigest }) => inputDigest !== null);
  return [
    checkOf(
      'provenance: subject',
      subjectProblems(statement, sha256, contents),
      `sha256:${sha256}`,
    ),
    checkOf(
      'provenance: parameters',
      parameterProblems(statement, contents),
      `${contents.application} ${contents.version}`,
    ),
    checkOf(
      'provenance: images',
      imageProblems(statement, contents),
      counted(built.length, 'built image'),
    ),
    checkOf(
      'provenance: commits',
      commitProblems(statement, built),
      counted(commits(built), 'commit'),
    ),
    checkOf(
      'provenance: materials',
      [...materialProblems(statement, containers), ...unknownBases(statement, built)],
      'each container has the base images of its Dockerfile, its context and builder by digest',
    ),
    checkOf(
      'provenance: Dockerfiles',
      dockerfileProblems(statement, built),
      counted(built.length, 'rendered Dockerfile'),
    ),
    ...(contents.kind === 'component'
      ? []
      : [
          checkOf(
            'provenance: components',
            packageProblems(statement, contents),
            counted(contents.packages.size, 'component package'),
          ),
        ]),
  ];
}

function subjectProblems(
  { subject }: Statement,
  sha256: string,
  contents: PackageContents,
): readonly string[] {
  const object = objectOf(contents);
  const found = subject.filter(({ name }) => name === object);
  if (found.some(({ digest }) => digest['sha256'] === sha256)) return [];
  const others = found.map(({ digest }) => `sha256:${digest['sha256']}`).join(', ');
  return [
    others === ''
      ? `it is not about ${object}`
      : `it is about ${object} with ${others}, and the package has sha256:${sha256}`,
  ];
}

function parameterProblems({ predicate }: Statement, contents: PackageContents): readonly string[] {
  const { buildType, externalParameters, internalParameters } = predicate.buildDefinition;
  const explicit = externalParameters.version;
  const facts: readonly (readonly [what: string, expected: string, found: unknown])[] = [
    ['build type', buildTypes[contents.kind], buildType],
    ['application', contents.application, externalParameters.application],
    ['version', contents.version, internalParameters.version],
    ...(explicit === null ? [] : [['version', contents.version, explicit] as const]),
  ];
  return differing(facts);
}

function imageProblems(statement: Statement, contents: PackageContents): readonly string[] {
  const told = statement.subject
    .filter(({ name }) => name !== objectOf(contents))
    .map(({ name, digest }) => `${name}@sha256:${digest['sha256']}`);
  const packaged = contents.containers
    .filter(({ inputDigest }) => inputDigest !== null)
    .map(({ image, digest }) => `${repositoryOf(image)}@${digest}`);
  return setProblems(packaged, told, 'the package', 'the provenance');
}

function commitProblems(statement: Statement, built: readonly PackageContainer[]) {
  return built.flatMap(({ label, commit }) => {
    const told = dependencies(statement, 'source', label).map(
      ({ digest }) => digest?.['gitCommit'],
    );
    return differing([[`commit of ${label}`, commit ?? 'none', told.join(', ') || 'none']]);
  });
}

function materialProblems(statement: Statement, containers: readonly PackageContainer[]) {
  return containers.flatMap(({ label, digest, inputDigest }) => {
    if (inputDigest !== null) {
      return ['context', 'builder'].flatMap((role) => {
        const found = dependencies(statement, role, label);
        return found.length === 1 && found[0]?.digest?.['sha256'] !== undefined
          ? []
          : [`${label} has no ${role} by digest`];
      });
    }
    const told = dependencies(statement, 'image', label).map((one) => one.digest?.['sha256']);
    return differing([[`image of ${label}`, sha256Of(digest).sha256, told.join(', ') || 'none']]);
  });
}

function unknownBases(statement: Statement, built: readonly PackageContainer[]) {
  return built.flatMap(({ label, dockerfile }) => {
    if (dockerfile === null) return [];
    const materials = dependencies(statement, 'base image', label).map(({ name, digest }) => ({
      name: name ?? '',
      digest: `sha256:${digest?.['sha256']}`,
    }));
    const inputs = dockerfileInputs(statement, label, dockerfile.name);
    return baseProblems(dockerfile.text, inputs, materials);
  });
}

function dockerfileProblems(statement: Statement, built: readonly PackageContainer[]) {
  return built.flatMap(({ label, dockerfile }) => {
    const told = statement.predicate.runDetails.byproducts
      .filter(isOf('dockerfile', label))
      .map(({ name, digest }) => `${name} ${digest?.['sha256']}`);
    const packaged = dockerfile === null ? 'none' : `${dockerfile.name} ${dockerfile.sha256}`;
    return differing([[`Dockerfile of ${label}`, packaged, told.join(', ') || 'none']]);
  });
}

function packageProblems(statement: Statement, { packages }: PackageContents) {
  const told = statement.predicate.buildDefinition.resolvedDependencies
    .filter(({ annotations }) => annotations?.role === 'component package')
    .map(({ name, digest }) => `${name} ${digest?.['sha256']}`);
  const packaged = Array.from(packages, ([object, sum]) => `${object} ${sum}`);
  return setProblems(packaged, told, 'the package', 'the provenance');
}

function dependencies(statement: Statement, role: string, label: string) {
  return statement.predicate.buildDefinition.resolvedDependencies.filter(isOf(role, label));
}

function isOf(role: string, label: string): (descriptor: ResourceDescriptor) => boolean {
  return ({ annotations }) =>
    annotations?.role === role && annotations.containers?.includes(label) === true;
}

function differing(
  facts: readonly (readonly [what: string, expected: string, found: unknown])[],
): readonly string[] {
  return facts
    .filter(([, expected, found]) => expected !== found)
    .map(
      ([what, expected, found]) =>
        `${what}: the package has ${expected}, the provenance ${String(found)}`,
    );
}

function setProblems(
  one: readonly string[],
  other: readonly string[],
  ofOne: string,
  ofOther: string,
): readonly string[] {
  return [
    ...one.filter((item) => !other.includes(item)).map((item) => `${item} is in ${ofOne} alone`),
    ...other.filter((item) => !one.includes(item)).map((item) => `${item} is in ${ofOther} alone`),
  ];
}

function commits(built: readonly PackageContainer[]): number {
  return new Set(built.map(({ commit }) => commit)).size;
}
