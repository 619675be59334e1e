import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Activities, PodFailed, PodRef } from '../../../workflows/contract/activities.ts';
import { failure, type FailureType } from '../../../workflows/contract/failures.ts';

/** What a test wants otherwise: gets the input and the stand-in's own behaviour. */
export type Script = {
  readonly [Name in keyof Activities]?: (
    input: Parameters<Activities[Name]>[0],
    usual: Activities[Name],
  ) => ReturnType<Activities[Name]>;
};

export interface Call {
  readonly activity: keyof Activities;
  /** `component/container`, a component's name, or what the activity is about. */
  readonly subject: string;
  /** Of activities of an attempt. */
  readonly generation: number | null;
  readonly input: unknown;
  readonly edge: 'begin' | 'end' | 'error';
}

/** Activities with no world behind them, and a record of what was asked of them. */
export interface StandIn {
  readonly activities: Activities;
  /** In the order in which things happened. */
  readonly calls: readonly Call[];
  /** By child workflow id. */
  readonly livePods: ReadonlyMap<string, PodRef>;
  /** Breaches of "one live Pod per container build"; a test ends with none. */
  readonly breaches: readonly string[];
  /** `activity subject` of every begun call of the named activities, in order. */
  readonly begun: (...activities: readonly (keyof Activities)[]) => readonly string[];
}

export function standInActivities(script: Script = {}): StandIn {
  const calls: Call[] = [];
  const livePods = new Map<string, PodRef>();
  const breaches: string[] = [];
  const usual = usualActivities(livePods, breaches);

  function recorded<Name extends keyof Activities>(activity: Name): Activities[Name] {
    type Run = (input?: object) => Promise<unknown>;
    const plain = usual[activity] as Run;
    const scripted = script[activity] as
      ((input: object, usual: Run) => Promise<unknown>) | undefined;
    const run: Run = async (input = {}) => {
      const call = { activity, subject: subjectOf(input), generation: generationOf(input), input };
      calls.push({ ...call, edge: 'begin' });
      try {
        const output = await (scripted === undefined ? plain(input) : scripted(input, plain));
        calls.push({ ...call, edge: 'end' });
        return output;
      } catch (error) {
        calls.push({ ...call, edge: 'error' });
        throw error;
      }
    };
    return run as Activities[Name];
  }

  return {
    activities: {
      resolveSources: recorded('resolveSources'),
      fetchSource: recorded('fetchSource'),
      renderDockerfile: recorded('renderDockerfile'),
      createBuildPod: recorded('createBuildPod'),
      awaitBuildPod: recorded('awaitBuildPod'),
      deleteBuildPod: recorded('deleteBuildPod'),
      verifyImage: recorded('verifyImage'),
      verifyExistingImage: recorded('verifyExistingImage'),
      checkVersion: recorded('checkVersion'),
      assembleComponent: recorded('assembleComponent'),
      assembleApplication: recorded('assembleApplication'),
      readDefinition: recorded('readDefinition'),
      recordBuild: recorded('recordBuild'),
      presignReads: recorded('presignReads'),
      sweepPods: recorded('sweepPods'),
      diagnoseSource: recorded('diagnoseSource'),
      diagnosePods: recorded('diagnosePods'),
    },
    calls,
    livePods,
    breaches,
    begun: (...activities) =>
      calls
        .filter(({ activity, edge }) => edge === 'begin' && activities.includes(activity))
        .map(({ activity, subject }) => `${activity} ${subject}`),
  };
}

/** `sha256:<hex>` of a text: the digests of a world where nothing is built. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

export const podTimes = {
  startedAt: '2026-11-22T10:00:00.000Z',
  finishedAt: '2026-11-22T10:00:07.000Z',
} as const;

function podFailed(failureType: FailureType, log: string | null = null): PodFailed {
  return { kind: 'failed', failureType, reason: `scripted ${failureType}`, log, ...podTimes };
}

/** A script of Pod ends: one list of failures per container; success when its list is used up. */
export function podsFailing(
  ends: Readonly<Record<string, readonly FailureType[]>>,
): Required<Pick<Script, 'awaitBuildPod'>> {
  return {
    awaitBuildPod: async (input, usual) => {
      const { component, container, generation } = input.attempt;
      const end = ends[`${component}/${container}`]?.[generation];
      return end === undefined ? usual(input) : podFailed(end, 'last line of the log');
    },
  };
}

function usualActivities(livePods: Map<string, PodRef>, breaches: string[]): Activities {
  return {
    resolveSources: async ({ sources }) => ({
      sources: sources.map((source) => ({ ...source, commit: digestOf(source.ref).slice(7, 47) })),
    }),
    fetchSource: async ({ context }) => {
      const digest = digestOf(context);
      return { context: { object: `contexts/${digest.slice(7)}.tar.gz`, digest, size: 10_240 } };
    },
    renderDockerfile: async ({ context }) => {
      const digest = digestOf(`Dockerfile ${context.digest}`);
      return {
        dockerfile: { object: `dockerfiles/${digest.slice(7)}`, digest },
        bases: [{ name: 'debian:12', digest: digestOf('debian:12') }],
        builder: { name: 'buildah', image: `registry.test/buildah@${digestOf('buildah')}` },
        inputDigest: digestOf(`input ${context.digest}`),
        unchanged: null,
        warnings: [],
      };
    },
    createBuildPod: async ({ attempt }) => {
      const live = livePods.get(attempt.workflowId);
      const name = `${attempt.component}-${attempt.container}-${attempt.generation}`;
      if (live !== undefined && live.name !== name) {
        breaches.push(`${name} created while ${live.name} lives`);
      }
      const pod = { namespace: 'builds', name, uid: digestOf(name).slice(7, 43) };
      livePods.set(attempt.workflowId, pod);
      return pod;
    },
    awaitBuildPod: async ({ attempt }) =>
      livePods.has(attempt.workflowId)
        ? {
            kind: 'succeeded',
            digest: digestOf(`${attempt.component}/${attempt.container}`),
            ...podTimes,
          }
        : podFailed('PodDeleted'),
    deleteBuildPod: async ({ attempt }) => {
      // Deletion takes a moment in which a hasty workflow could create the next Pod.
      await setImmediate();
      livePods.delete(attempt.workflowId);
    },
    verifyImage: async ({ repository, digest }) => ({ image: `${repository}@${digest}` }),
    verifyExistingImage: async ({ container }) => {
      const digest = digestOf(container.image);
      return { image: `${container.image.replace(/:\w+$/, '')}@${digest}`, digest };
    },
    checkVersion: async () => undefined,
    assembleComponent: async ({ application, component }) => {
      const version = application.version ?? '0.0.0-derived';
      return {
        name: component,
        version,
        package: packageOf(`components/${application.name}/${component}/${version}.zip`),
      };
    },
    assembleApplication: async ({ application }) => {
      const version = application.version ?? '0.0.0-derived';
      return { version, package: packageOf(`applications/${application.name}/${version}.zip`) };
    },
    readDefinition: () => {
      throw finalFailure('SourceNotFound', 'no definition is scripted');
    },
    recordBuild: async ({ buildId }) => ({ object: `results/${buildId}.json` }),
    presignReads: async () => ({ sealed: { publicKey: '', nonce: '', ciphertext: '' } }),
    sweepPods: async () => ({ looked: 0, deleted: [] }),
    diagnoseSource: async () => ({ checks: [] }),
    diagnosePods: async () => ({ checks: [] }),
  };
}

/** What the stand-in's package activities return for an object. */
export function packageOf(object: string): { readonly object: string; readonly sha256: string } {
  return { object, sha256: digestOf(object).slice(7) };
}

/** A failure that Temporal does not try again, whatever its type: for scripts. */
export function finalFailure(type: FailureType, message: string): Error {
  const error = failure(type, message);
  return Object.assign(error, { nonRetryable: true });
}

function subjectOf(input: object): string {
  if ('attempt' in input) {
    const { component, container } = input.attempt as { component: string; container: string };
    return `${component}/${container}`;
  }
  // A fetch and a rendering know no component; the fixtures name the context after it.
  if ('context' in input && typeof input.context === 'string') return input.context;
  if ('container' in input) {
    const container = input.container as { context?: string; image?: string };
    return container.context ?? container.image ?? '';
  }
  if ('repository' in input)
    return (input.repository as string).replace(/^.*\//, '').replace('-', '/');
  if ('component' in input) return input.component as string;
  if ('application' in input) return (input.application as { name: string }).name;
  if ('buildId' in input) return input.buildId as string;
  if (!('sources' in input)) return '';
  return 'sources';
}

function generationOf(input: object): number | null {
  return 'attempt' in input ? (input.attempt as { generation: number }).generation : null;
}
