import { readTreeFile } from '../source/read-tree-file.ts';

/** Far above any Dockerfile; what is larger was not meant to be one. */
const maxBytes = 1024 * 1024;

/**
 * The text of a Dockerfile in a checked-out tree, byte for byte.
 *
 * Throws what `readTreeFile` does, `DockerfileInvalid` for what is not UTF-8 text of this size.
 *
 * @param tree the directory of the tree
 * @param path relative to it, confined; with `/`
 */
export async function readDockerfile(tree: string, path: string): Promise<string> {
  return readTreeFile(tree, path, { maxBytes, invalid: 'DockerfileInvalid' });
}
