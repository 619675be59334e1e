import {
  applicationDescription,
  parseApplication,
  type ApplicationDescription,
} from '../application-package.ts';
import { sha256 } from '../../support/digest.ts';
import { checkArchive } from './check-archive.ts';
import { checkOf, counted, type Check } from './check.ts';
import { checkComponent } from './check-component.ts';
import { componentKey, type PackageContents } from './contents.ts';

/** Checks an application's package: what it says, and each component package in it. */
export async function checkApplication(
  label: string,
  entries: ReadonlyMap<string, Buffer>,
): Promise<{ readonly checks: readonly Check[]; readonly contents: PackageContents | null }> {
  const name = `${label}: ${applicationDescription}`;
  const description = readDescription(entries.get(applicationDescription));
  if (description === null) {
    return { checks: [checkOf(name, ['is no description of an application'], '')], contents: null };
  }
  const checks: Check[] = [];
  const problems = entryProblems(description, entries);
  const components: PackageContents[] = [];
  const packages = new Map<string, string>();
  for (const component of description.components) {
    const archive = entries.get(component.package);
    if (archive === undefined) continue;
    if (sha256(archive) !== component.sha256) {
      problems.push(`${component.package} is not the package of sha256:${component.sha256}`);
    }
    const checked = await checkArchive(component.package, archive);
    checks.push(...checked.checks);
    if (checked.entries === null) continue;
    const { check, contents } = checkComponent(component.package, checked.entries);
    checks.push(check);
    if (contents === null) continue;
    problems.push(...differences(description, component, contents));
    components.push(contents);
    packages.set(componentKey(contents), sha256(archive));
  }
  const found = `${description.name} ${description.version}, ${counted(components.length, 'component')}`;
  return {
    checks: [checkOf(name, problems, found), ...checks],
    contents: {
      kind: 'application',
      application: description.name,
      component: null,
      version: description.version,
      containers: components.flatMap(({ containers }) => containers),
      packages,
    },
  };
}

function readDescription(content: Buffer | undefined): ApplicationDescription | null {
  try {
    return content === undefined ? null : parseApplication(content.toString('utf8'));
  } catch {
    return null;
  }
}

function entryProblems(
  { components }: ApplicationDescription,
  entries: ReadonlyMap<string, Buffer>,
): string[] {
  const known = new Set([applicationDescription, ...components.map((one) => one.package)]);
  const unknown = [...entries.keys()].filter((path) => !known.has(path));
  const missing = [...known].filter((path) => !entries.has(path));
  return [
    ...unknown.map((path) => `${path} is no component's`),
    ...missing.map((path) => `${path} is missing`),
  ];
}

/** What the application says of a component and the component says otherwise. */
function differences(
  application: ApplicationDescription,
  component: ApplicationDescription['components'][number],
  contents: PackageContents,
): readonly string[] {
  const facts: readonly (readonly [what: string, told: string, found: string])[] = [
    ['application', application.name, contents.application],
    ['name', component.name, contents.component ?? ''],
    ['version', component.version, contents.version],
    [
      'images',
      listed(
        component.images.map(({ container, image }) => `${component.name}/${container} ${image}`),
      ),
      listed(contents.containers.map(({ label, image }) => `${label} ${image}`)),
    ],
  ];
  return facts
    .filter(([, told, found]) => told !== found)
    .map(
      ([what, told, found]) => `${component.package} has the ${what} ${found}, expected ${told}`,
    );
}

function listed(items: readonly string[]): string {
  return items.toSorted().join(', ');
}
