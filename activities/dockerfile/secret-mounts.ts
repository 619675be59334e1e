import { posix } from 'node:path';
import { failure } from '../../workflows/contract/failures.ts';
import type { BuilderName, BuildSecret } from '../../workflows/contract/application.ts';
import { mountType, runMounts, type RunMount } from './run-mounts.ts';
import { readStatements } from './statements.ts';

/**
 * Whether `RUN --mount=type=secret` and the container's `secrets` fit each other, in warnings: a
 * builder takes a secret that it isn't given for one that is not needed.
 *
 * Throws `DockerfileInvalid`, with the line, for a secret that is `required` and not there, and for
 * what the builder does not know and would fail of after minutes of work.
 *
 * @param text of the Dockerfile, pinned or not
 * @param file named in messages
 */
export function checkSecretMounts(
  text: string,
  options: {
    readonly file: string;
    readonly builder: BuilderName;
    readonly secrets: readonly BuildSecret[];
  },
): readonly string[] {
  const { file, secrets } = options;
  const missing: string[] = [];
  const wanted = new Set<string>();
  for (const statement of readStatements(text, file).statements) {
    for (const mount of runMounts(statement)) {
      if (mountType(mount) !== 'secret') continue;
      const where = `${file}:${statement.line}`;
      if (options.builder === 'buildah') refuseUnknown(mount, where);
      const id = idOf(mount);
      // A name that only the builder can resolve may be any of them.
      if (id.includes('$')) return [];
      wanted.add(id);
      if (secrets.some((secret) => secret.id === id)) continue;
      const message = `${where}: RUN asks for the secret ${id}, which the container's \`secrets\` do not have`;
      if (isRequired(mount)) throw failure('DockerfileInvalid', message);
      missing.push(`${message}: it runs without`);
    }
  }
  const unused = secrets
    .filter(({ id }) => !wanted.has(id))
    .map(({ id }) => `${file}: no RUN --mount=type=secret asks for the secret ${id}`);
  return [...missing, ...unused];
}

function idOf(mount: RunMount): string {
  const target = mount.get('target') ?? mount.get('dst') ?? mount.get('destination') ?? '';
  return mount.get('id') ?? posix.basename(target);
}

function isRequired(mount: RunMount): boolean {
  return mount.has('required') && /^(?:true|1|)$/i.test(mount.get('required') ?? '');
}

/** Seen with 1.39.3: it refuses `env`, and wants an `id`. */
function refuseUnknown(mount: RunMount, where: string): void {
  const problem = mount.has('env')
    ? 'no `env=`: read the secret from its file'
    : mount.has('id')
      ? null
      : 'a secret only by its `id=`';
  if (problem === null) return;
  throw failure('DockerfileInvalid', `${where}: RUN --mount=type=secret: buildah knows ${problem}`);
}
