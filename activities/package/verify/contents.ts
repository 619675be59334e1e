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
  /** `<component>/<entry>` of the rendered Dockerfile, and its hex SHA-256. */
  readonly dockerfile: { readonly name: string; readonly sha256: string } | null;
}
