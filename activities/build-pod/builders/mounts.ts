import type { V1ResourceRequirements, V1Volume } from '@kubernetes/client-node';
import type { BuildSecret, Resources } from '../../../workflows/contract/application.ts';
import { failure } from '../../../workflows/contract/failures.ts';

/** A volume whose files are annotations of the Pod itself: path → annotation. */
export function annotationFiles(name: string, files: Readonly<Record<string, string>>): V1Volume {
  return {
    name,
    downwardAPI: {
      items: Object.entries(files).map(([path, annotation]) => ({
        path,
        fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['${annotation}']` },
      })),
    },
  };
}

/** A Secret of type dockerconfigjson as the file `config.json`: what builders look for. */
export function dockerConfig(name: string, secretName: string): V1Volume {
  return {
    name,
    secret: {
      secretName,
      defaultMode: 0o400,
      items: [{ key: '.dockerconfigjson', path: 'config.json' }],
    },
  };
}

/**
 * The build-time secrets as one volume of files, named by their place in the list: only the keys that
 * are named, and no text of the definition becomes a path. None: no volume.
 */
export function buildSecrets(name: string, secrets: readonly BuildSecret[]): V1Volume[] {
  if (secrets.length === 0) return [];
  const sources = secrets.map(({ secret, key }, index) => ({
    secret: { name: secret, items: [{ key, path: String(index) }] },
  }));
  return [{ name, projected: { defaultMode: 0o400, sources } }];
}

/** `--secret id=…,src=…` for each: both builders read them alike. */
export function secretFlags(secrets: readonly BuildSecret[], directory: string): readonly string[] {
  return secrets.map(({ id }, index) => {
    // A comma would add options, and Kaniko makes the id a file's name.
    if (!/^[A-Za-z0-9_][\w.-]*$/.test(id)) {
      throw failure(
        'InvalidDefinition',
        `secrets: the id ${JSON.stringify(id)} is not usable; letters, digits, \`-\`, \`_\` and \`.\` are expected`,
      );
    }
    return `--secret=id=${id},src=${directory}/${index}`;
  });
}

/**
 * Memory and storage are reserved in full, so that a build is not evicted for what another one
 * uses; CPU is a request alone: a limit would throttle a build on an idle node.
 */
export function podResources(resources: Resources): V1ResourceRequirements {
  const limits: Record<string, string> = {
    ...(resources.memory === undefined ? {} : { memory: resources.memory }),
    ...(resources.ephemeralStorage === undefined
      ? {}
      : { 'ephemeral-storage': resources.ephemeralStorage }),
  };
  const requests = { ...limits, ...(resources.cpu === undefined ? {} : { cpu: resources.cpu }) };
  return { requests, limits };
}

/**
 * What unpacking images as root needs, measured, and what RUN takes for granted: to end a service of
 * another user, and to `chroot` (the scripts of apk packages, `dnf --installroot`). The rest is dropped.
 */
export const builderCapabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETFCAP',
  'SETGID',
  'SETUID',
  'SYS_CHROOT',
] as const;

/**
 * The arguments as the container gets them literally: the kubelet replaces `$(NAME)` in commands
 * and arguments by environment variables, and `$$` by `$`.
 */
export function literalArguments(values: readonly string[]): string[] {
  return values.map((value) => value.replaceAll('$', () => '$$'));
}
