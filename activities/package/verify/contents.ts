import { applicationObject, componentObject } from '../../../workflows/contract/objects.ts';

/** What a package says that is in it, as far as anything outside can be checked against it. */
export interface PackageContents {
  readonly kind: 'application' | 'component';
  readonly application: string;
  /** null for an application's package. */
  readonly component: string | null;
  readonly version: string;
  readonly containers: readonly PackageContainer[];
  /** Hex SHA-256 of the component packages in an application's, by their keys in the store. */
  readonly packages: ReadonlyMap<string, string>;
}

export interface PackageContainer {
  /** `<component>/<container>` */
  readonly label: string;
  /** `repository@sha256:…` */
  readonly image: string;
  readonly digest: string;
  readonly commit: string | null;
  /** null for an existing image. */
  readonly inputDigest: string | null;
  /** `<component>/<entry>` of the rendered Dockerfile, its hex SHA-256 and its text. */
  readonly dockerfile: {
    readonly name: string;
    readonly sha256: string;
    readonly text: string;
  } | null;
}

/** The component's package as an application's provenance names it. */
export function componentKey({ application, component, version }: PackageContents): string {
  return componentObject(application, component ?? '', version);
}

/** Key in the store of a package with these contents. */
export function objectOf(contents: PackageContents): string {
  return contents.kind === 'component'
    ? componentKey(contents)
    : applicationObject(contents.application, contents.version);
}
