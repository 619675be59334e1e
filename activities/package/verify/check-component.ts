import { sha256 } from '../../support/digest.ts';
import {
  componentDescription,
  parseComponent,
  type ComponentDescription,
} from '../component-package.ts';
import { checkOf, counted, type Check } from './check.ts';
import type { PackageContents } from './contents.ts';

/** Checks what a component's package says against what is in it; null contents where it says nothing. */
export function checkComponent(
  label: string,
  entries: ReadonlyMap<string, Buffer>,
): { readonly check: Check; readonly contents: PackageContents | null } {
  const name = `${label}: ${componentDescription}`;
  const description = readDescription(entries.get(componentDescription));
  if (description === null) {
    return { check: checkOf(name, ['is no description of a component'], ''), contents: null };
  }
  const contents = contentsOf(description, entries);
  const found = `${description.name} ${description.version}, ${counted(contents.containers.length, 'container')}`;
  return { check: checkOf(name, componentProblems(description, entries), found), contents };
}

function readDescription(content: Buffer | undefined): ComponentDescription | null {
  try {
    return content === undefined ? null : parseComponent(content.toString('utf8'));
  } catch {
    return null;
  }
}

function contentsOf(
  description: ComponentDescription,
  entries: ReadonlyMap<string, Buffer>,
): PackageContents {
  const { application, name: component, version } = description;
  return {
    kind: 'component',
    application,
    component,
    version,
    packages: new Map(),
    containers: [...description.initContainers, ...description.containers].map((container) => {
      const { image, digest, commit, inputDigest, dockerfile: path } = container;
      const content = path === null ? undefined : entries.get(path);
      return {
        label: `${component}/${container.name}`,
        image,
        digest,
        commit,
        inputDigest,
        dockerfile:
          path === null || content === undefined
            ? null
            : {
                name: `${component}/${path}`,
                sha256: sha256(content),
                text: content.toString('utf8'),
              },
      };
    }),
  };
}

function componentProblems(
  { initContainers, containers }: ComponentDescription,
  entries: ReadonlyMap<string, Buffer>,
): readonly string[] {
  const problems: string[] = [];
  const known = new Set([componentDescription]);
  const names = new Set<string>();
  for (const { name, image, digest, dockerfile, inputDigest } of [
    ...initContainers,
    ...containers,
  ]) {
    if (names.has(name)) problems.push(`${name} is described twice`);
    names.add(name);
    if (!/@sha256:[0-9a-f]{64}$/.test(image) || !image.endsWith(`@${digest}`)) {
      problems.push(`${name}: the image ${image} is not the one of ${digest}`);
    }
    if ((dockerfile === null) !== (inputDigest === null)) {
      problems.push(`${name} has a Dockerfile or an input digest, but not both`);
    }
    if (dockerfile === null) continue;
    known.add(dockerfile);
    if (!entries.has(dockerfile)) problems.push(`${name}: there is no ${dockerfile}`);
  }
  for (const path of entries.keys()) if (!known.has(path)) problems.push(`${path} is nobody's`);
  return problems;
}
