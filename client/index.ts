// The entry of the published package: the one place that gathers exports, because what is named
// here is what services may rely on.
export { awaitBuild, type AwaitOptions } from './await.ts';
export { cancelBuild } from './cancel.ts';
export { connect, type ConnectOptions, type SlipwayClient } from './connect.ts';
export { diagnose } from './diagnose.ts';
export {
  AccessDenied,
  BuildNotFound,
  BuildNotRetryable,
  InvalidBuildId,
  InvalidConfiguration,
  LogNotFound,
  PackageNotFound,
  ReadRefused,
  ScheduleNotFound,
  ServiceUnreachable,
} from './errors.ts';
export { getBuild, type BuildSnapshot } from './get.ts';
export { listBuilds, type ListedBuild, type ListOptions } from './list.ts';
export type { AttemptChoice } from './logs/attempts.ts';
export { readLogs, type LogChunk, type LogOptions } from './logs/read-logs.ts';
export { fetchPackage, type FetchedPackage, type PackageSelection } from './package.ts';
export { planBuild, type Plan, type PlanOptions } from './plan.ts';
export { openReads, type Download, type ObjectRead } from './read-objects.ts';
export { retryBuild, type RetryOptions } from './retry.ts';
export type { RunningContainer } from './running.ts';
export {
  getSchedule,
  listSchedules,
  type ListSchedulesOptions,
  type ScheduledBuild,
  type ScheduleView,
} from './schedule-list.ts';
export type { ScheduleOverlap, ScheduleRef } from './schedule-options.ts';
export {
  applySchedules,
  backfillSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  triggerSchedule,
  type BackfillRange,
  type ScheduleChange,
} from './schedules.ts';
export type { Submission } from './start.ts';
export { submitBuild, submitOrFindBuild, type SubmitOptions } from './submit.ts';
export { watchBuild, type WatchOptions } from './watch.ts';

export { parseDefinition, type ParseOptions, type ParseResult } from '../definition/parse.ts';
export { formatProblems, type Problem } from '../definition/problem.ts';

export type {
  BuilderRef,
  ContextRef,
  DiagnosticCheck,
  PinnedImage,
  RenderedContainer,
  ResolvedSource,
} from '../workflows/contract/activities.ts';
export type * from '../workflows/contract/application.ts';
export type * from '../workflows/contract/build.ts';
export { isBuildKey } from '../workflows/contract/ids.ts';
export { applicationObject, componentObject, resultObject } from '../workflows/contract/objects.ts';
export {
  failurePolicies,
  type BackOff,
  type FailurePolicy,
  type FailureType,
  type RetryClass,
} from '../workflows/contract/failures.ts';
export type {
  BuildMode,
  ContainerPlan,
  ContainerProgress,
} from '../workflows/contract/messages.ts';
export type { RecordedBuild, RecordedContainer } from '../workflows/contract/record.ts';
