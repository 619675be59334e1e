/** What a probe is told. */
export interface Health {
  readonly ok: boolean;
  /** One word or sentence for each thing that was looked at. */
  readonly checks: Readonly<Record<string, string>>;
}

/** What the process looks at in itself; filled in while it starts. */
export interface HealthSources {
  /** Task queue and state of each Temporal worker; empty until they are made. */
  readonly workers: () => readonly { readonly taskQueue: string; readonly state: string }[];
  /** Whether the watch of builder Pods has its first list; null where this process has none. */
  readonly podsKnown: () => boolean | null;
  /** Rejects when Temporal does not answer in time; null until it is connected. */
  readonly askTemporal: () => Promise<unknown> | null;
}

/** The process is alive unless one of its workers has failed: then only a new process helps. */
export function liveness({ workers }: HealthSources): Health {
  const states = workers().map(({ taskQueue, state }) => [taskQueue, state] as const);
  return {
    ok: states.every(([, state]) => state !== 'FAILED'),
    checks: Object.fromEntries(states),
  };
}

/**
 * It takes work when all its workers poll, Temporal answers and the cluster's Pods are known. From
 * the signal to end on it doesn't.
 */
export async function readiness(sources: HealthSources): Promise<Health> {
  const workers = sources.workers();
  const temporal = await temporalAnswer(sources);
  const podsKnown = sources.podsKnown();
  return {
    ok:
      workers.length > 0 &&
      workers.every(({ state }) => state === 'RUNNING') &&
      temporal === 'reachable' &&
      podsKnown !== false,
    checks: {
      ...Object.fromEntries(workers.map(({ taskQueue, state }) => [taskQueue, state])),
      ...(workers.length === 0 ? { workers: 'starting' } : {}),
      temporal,
      ...(podsKnown === null ? {} : { pods: podsKnown ? 'watched' : 'not listed yet' }),
    },
  };
}

async function temporalAnswer({ askTemporal }: HealthSources): Promise<string> {
  const answer = askTemporal();
  if (answer === null) return 'not connected yet';
  return answer.then(
    () => 'reachable',
    () => 'does not answer',
  );
}
