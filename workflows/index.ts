// The bundle's entry: what is exported here is what a worker runs.
export { buildApplication } from './build-application.ts';
export { buildContainer } from './build-container.ts';
export { diagnoseInstallation } from './diagnose-installation.ts';
export { readObjects } from './read-objects.ts';
export { sweepOrphans } from './sweep-orphans.ts';
