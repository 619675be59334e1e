/** Keys of objects that workers write and clients ask for: pure, so that both agree (DESIGN.md, Results). */

/** Key of a component's package. */
export function componentObject(application: string, component: string, version: string): string {
  return `components/${application}/${component}/${version}.zip`;
}

/** Key of an application's package. */
export function applicationObject(application: string, version: string): string {
  return `applications/${application}/${version}.zip`;
}

/**
 * The provenance of exactly these bytes of a package, beside it: another package of the same
 * version would have another key, so that no write ever meets a different statement.
 *
 * @param object the package's key
 * @param sha256 the package's, hex
 */
export function provenanceObject(object: string, sha256: string): string {
  return `${object.replace(/\.zip$/, '')}.${sha256.slice(0, 12)}.intoto.json`;
}

/** What is left of a build when its history is gone: see `RecordedBuild`. */
export function resultObject(buildId: string): string {
  return `results/${buildId}.json`;
}
