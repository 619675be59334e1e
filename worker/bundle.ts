import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  type Logger,
  type WorkerOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import type { WorkerSettings } from './config.ts';

export type WorkflowCode = NonNullable<WorkerOptions['workflowBundle']>;

/** The workflow code as one script for the sandbox: a file that was made before, or made now. */
export async function workflowCode(
  settings: Pick<WorkerSettings, 'SLIPWAY_WORKFLOW_BUNDLE'>,
  logger: Logger,
): Promise<WorkflowCode> {
  const codePath = settings.SLIPWAY_WORKFLOW_BUNDLE;
  return codePath === undefined ? bundleWorkflows(withoutStatistics(logger)) : { codePath };
}

/** Bundles the workflows: about a second, and a compiler's worth of memory. */
export function bundleWorkflows(logger: Logger): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    logger,
  });
}

/** The bundler tells a screenful of modules as information. */
function withoutStatistics(logger: Logger): Logger {
  return {
    log: (level, message, meta) => logger.log(level === 'INFO' ? 'DEBUG' : level, message, meta),
    trace: (message, meta) => logger.trace(message, meta),
    debug: (message, meta) => logger.debug(message, meta),
    info: (message, meta) => logger.debug(message, meta),
    warn: (message, meta) => logger.warn(message, meta),
    error: (message, meta) => logger.error(message, meta),
  };
}
