/** Something that the build reported and that did not hold. The CLI exits with 1. */
export class ProofFailed extends Error {
  override readonly name = 'ProofFailed';
}
