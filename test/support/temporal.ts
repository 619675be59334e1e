import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { findPrograms } from '../../dev/tools/acquire-programs.ts';
import { goParts } from '../../dev/tools/pins.ts';
import type { Reporter } from '../../dev/reporter.ts';
import { searchAttributes } from '../../workflows/contract/search-attributes.ts';

/**
 * A connection to the Temporal server for tests: the given one, or the one at TEMPORAL_ADDRESS
 * (either must have the search attributes), else one of its own on a free port, which `teardown`
 * ends.
 */
export async function connectTemporal(
  existing: TemporalAddress | undefined = temporalAddress(),
): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  if (existing !== undefined) return TestWorkflowEnvironment.createFromExistingServer(existing);
  const path = await temporalBinary();
  const namespace = 'default';
  const start = (): Promise<TestWorkflowEnvironment> =>
    TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path },
        namespace,
        searchAttributes: [...searchAttributes],
        log: { format: 'pretty', level: 'error' },
      },
    });
  // The SDK gives the server 5 s to listen, which a machine busy with other tests can exceed once.
  return start().catch(start);
}

export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
}

/** The server that TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE name, if any. */
function temporalAddress(): TemporalAddress | undefined {
  const address = process.env['TEMPORAL_ADDRESS'];
  if (address === undefined || address === '') return undefined;
  return { address, namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default' };
}

/** Found as the local environment finds it: SLIPWAY_TEMPORAL_BINARY, PATH, the cache. */
async function temporalBinary(): Promise<string> {
  const { paths } = await findPrograms({
    parts: goParts.filter(({ name }) => name === 'temporal'),
    modulesDirectory: fileURLToPath(new URL('../../dev/tools/', import.meta.url)),
    cacheDirectory: process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway'),
    environment: process.env,
    reporter: silent,
    architecture: process.arch,
  });
  const path = paths.get('temporal');
  if (path === undefined) {
    throw new Error(
      'no Temporal server for the tests: set TEMPORAL_ADDRESS or SLIPWAY_TEMPORAL_BINARY, ' +
        'put `temporal` on PATH, or run `slipway dev up` once to fill the cache',
    );
  }
  return path;
}

// Scripted failures are what the tests are about: the worker's warnings of them say nothing new.
function quietRuntime(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
    });
  } catch (error) {
    // One per process; an earlier test file has installed it.
    if (!(error instanceof Error && error.name === 'IllegalStateError')) throw error;
  }
}

const silent: Reporter = {
  info: () => {},
  warn: () => {},
  step: (_title, work) => work(() => {}),
};
