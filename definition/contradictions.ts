import type { BuilderName } from '../workflows/contract/application.ts';
import { describeRefusedFlag, isBuilderFlagAllowed } from './builder-flags.ts';
import { duplicates } from './duplicates.ts';
import type { Finding } from './problem.ts';
import { entries, list, mapping, type Entry, type Mapping } from './raw.ts';
import { sourceChecks } from './source-checks.ts';

/** What contradicts itself within the settings of one container, or of `defaults`. */
export function contradictions({ path, fields }: Entry, defaults: Mapping): readonly Finding[] {
  const named = fields['builder'] ?? defaults['builder'];
  const builder: BuilderName | null = named === 'kaniko' || named === 'buildah' ? named : null;
  const flags = list(fields['builderFlags']).flatMap((flag, index, all) => {
    if (typeof flag !== 'string' || isBuilderFlagAllowed(flag, builder)) return [];
    // The value of the flag before it, which is told that both are one string.
    if (!flag.startsWith('-') && isBareFlag(all[index - 1], builder)) return [];
    return [{ path: [...path, 'builderFlags', index], ...describeRefusedFlag(flag, builder) }];
  });
  const tags = list(fields['tags']).flatMap((tag, index, all) =>
    all.indexOf(tag) === index
      ? []
      : [
          {
            path: [...path, 'tags', index],
            message: 'this tag is there already',
            expected: 'every tag once',
          },
        ],
  );
  const tolerations = entries(fields['tolerations'], [...path, 'tolerations']).flatMap((entry) =>
    toleration(entry),
  );
  const secrets = duplicates(entries(fields['secrets'], [...path, 'secrets']), {
    kind: 'secret',
    field: 'id',
    expected: 'another id',
  });
  const source = sourceChecks({ path: [...path, 'source'], fields: mapping(fields['source']) });
  return [...flags, ...tags, ...tolerations, ...secrets, ...source];
}

/** A flag that is refused for want of a value. */
function isBareFlag(flag: unknown, builder: BuilderName | null): boolean {
  return (
    typeof flag === 'string' && /^--?[a-z-]+$/i.test(flag) && !isBuilderFlagAllowed(flag, builder)
  );
}

/** Kaniko pulls and pushes in one process with one docker configuration. */
export function contradictingLogins(
  { path, fields }: Entry,
  defaults: Mapping,
): readonly Finding[] {
  const { builder, pullSecret, pushSecret } = { ...defaults, ...fields };
  const two = typeof pullSecret === 'string' && typeof pushSecret === 'string';
  if (builder !== 'kaniko' || !two || pullSecret === pushSecret) return [];
  const own = ['pullSecret', 'pushSecret', 'builder'].find((key) => fields[key] !== undefined);
  return [
    {
      path: own === undefined ? ['spec', 'defaults', 'pullSecret'] : [...path, own],
      message: `kaniko reads one docker configuration, and ${pullSecret} and ${pushSecret} are two`,
      expected: 'one Secret with the logins of all registries as both, or the builder buildah',
    },
  ];
}

/** Kubernetes' own rules, so that the API server has nothing to refuse later. */
function toleration({ path, fields }: Entry): readonly Finding[] {
  const exists = fields['operator'] === 'Exists';
  if (exists && fields['value'] !== undefined && fields['value'] !== '') {
    return [
      {
        path: [...path, 'value'],
        message: '`Exists` compares no value',
        expected: 'no `value`, or the operator Equal',
      },
    ];
  }
  if (!exists && fields['key'] === undefined) {
    return [
      {
        path,
        message: 'Equal needs a key',
        expected: '`key`, or the operator Exists',
        missing: [[...path, 'key']],
      },
    ];
  }
  return [];
}
